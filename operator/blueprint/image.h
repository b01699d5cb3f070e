#pragma once

// The parts of an image reference (distribution/reference:
// [registry[:port]/]name[:tag][@algorithm:digest]).

#include <string>
#include <string_view>

#include "api/blueprint.h"

namespace blueprint {

// Views into the text that was parsed.
struct ImageReference {
  std::string_view tag;     // "" when there is none
  std::string_view digest;  // without its algorithm; "" when there is none
};

ImageReference parse_image(std::string_view image);

// Given, else the platform's, else IfNotPresent where the image cannot change under its name, else
// Always.
std::string pull_policy_of(const api::BlueprintSpec& spec);

// Of a container beside the main one, whose policy cannot be given.
std::string pull_policy_of(std::string_view image, const api::Defaults& defaults);

}  // namespace blueprint
