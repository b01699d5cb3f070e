#include "controller/pod_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace controller {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class PodTemplateTest : public testing::Test {
 protected:
  PodPlan plan() {
    const Look look = [this](DataKind, const std::string&) { return sight_; };
    return plan_pods({references_, look, memory_, notes_, now_},
                     [this](const std::string& trigger) { return render(trigger); });
  }

  std::vector<blueprint::Object> render(const std::string& trigger) const {
    std::vector<blueprint::Object> objects(2);
    objects[0].resource = api::kServiceAccount;
    objects[1].resource = api::kDeployment;
    objects[1].body = {
        {"spec",
         {{"replicas", replicas_}, {"template", {{"image", image_}, {"trigger", trigger}}}}}};
    return objects;
  }

  // One pass, written to the status as when everything was applied.
  PodPlan apply() {
    PodPlan plan = this->plan();
    memory_ = plan.memory;
    memory_.template_digest = plan.template_digest;
    notes_ = plan.notes;
    return plan;
  }

  static bool keeps_template(const PodPlan& plan) { return plan.objects[1].keep_template; }
  static std::string trigger_of(const PodPlan& plan) {
    return plan.objects[1].body["spec"]["template"]["trigger"];
  }

  void there(std::uint64_t content) {
    sight_.state = Sight::State::kThere;
    sight_.record.content = content;
  }
  void missing() { sight_ = {.state = Sight::State::kMissing, .record = {}}; }

  std::vector<Reference> references_{{.kind = DataKind::kSecret,
                                      .name = "db",
                                      .required = true,
                                      .variables = {},
                                      .files = {},
                                      .restarts = true}};
  Sight sight_;
  api::PodMemory memory_;
  RestartNotes notes_;
  base::SteadyTime now_{};
  std::string image_ = "a:1";
  int replicas_ = 1;
};

TEST_F(PodTemplateTest, ANewBlueprintWaitsForWhatIsMissing) {
  missing();
  EXPECT_TRUE(keeps_template(apply()));
  there(1);
  const PodPlan found = apply();
  EXPECT_FALSE(keeps_template(found));
  EXPECT_FALSE(found.held_back);
  EXPECT_EQ(trigger_of(found), "");
}

TEST_F(PodTemplateTest, WhatGoesMissingLaterHoldsBackOnlyANewTemplate) {
  there(1);
  apply();
  missing();
  replicas_ = 5;
  const PodPlan scaled = apply();
  EXPECT_FALSE(scaled.held_back);
  EXPECT_FALSE(keeps_template(scaled));
  EXPECT_TRUE(scaled.references.missing());
  image_ = "a:2";
  EXPECT_TRUE(keeps_template(apply()));
  EXPECT_TRUE(keeps_template(apply())) << "as long as it is missing";
  image_ = "a:1";
  EXPECT_FALSE(keeps_template(apply())) << "back to what runs";
}

TEST_F(PodTemplateTest, WhatCannotBeSeenHoldsNothingBack) {
  const PodPlan blind = apply();
  EXPECT_FALSE(blind.held_back);
  EXPECT_EQ(blind.references.reason, "NoAccess");
  EXPECT_EQ(blind.memory, api::PodMemory{});
}

TEST_F(PodTemplateTest, ASettledChangeIsRenderedByTheNextPass) {
  there(1);
  apply();
  there(2);
  EXPECT_EQ(trigger_of(apply()), "");
  now_ += 2s;
  EXPECT_EQ(trigger_of(apply()), "");
  EXPECT_EQ(trigger_of(apply()), memory_.restart_trigger);
  EXPECT_NE(memory_.restart_trigger, "");
}

TEST_F(PodTemplateTest, ANewTemplateTakesTheChangeWithIt) {
  there(1);
  apply();
  there(2);
  image_ = "a:2";
  const PodPlan both = apply();
  EXPECT_NE(trigger_of(both), "");
  EXPECT_EQ(both.template_digest, plan().template_digest) << "one change of the template";
  now_ += 10s;
  EXPECT_EQ(trigger_of(apply()), trigger_of(both));
}

TEST_F(PodTemplateTest, AHeldBackTemplateComesWithTheChangeOfItsReference) {
  there(1);
  apply();
  missing();
  image_ = "a:2";
  apply();
  there(2);
  const PodPlan released = apply();
  EXPECT_FALSE(released.held_back);
  EXPECT_NE(trigger_of(released), "");
  now_ += 10s;
  EXPECT_EQ(trigger_of(apply()), trigger_of(released));
}

}  // namespace
}  // namespace controller
