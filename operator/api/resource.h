#pragma once

// A kind of object as the API server names it: what goes into apiVersion, kind and the URL path.

#include <string>
#include <string_view>

namespace api {

struct Resource {
  std::string_view group;    // "" for the core group
  std::string_view version;  // "v1"
  std::string_view kind;     // "Deployment"
  std::string_view plural;   // "deployments"

  bool operator==(const Resource&) const = default;

  std::string api_version() const {
    return group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
  }
};

inline constexpr Resource kServiceBlueprint{"serviceblueprint.dev", "v1alpha1", "ServiceBlueprint",
                                            "serviceblueprints"};
// Annotation of a blueprint: nothing of it is written but its status; the value says why.
inline constexpr std::string_view kPausedAnnotation = "serviceblueprint.dev/paused";
inline constexpr Resource kServiceAccount{"", "v1", "ServiceAccount", "serviceaccounts"};
inline constexpr Resource kDeployment{"apps", "v1", "Deployment", "deployments"};
inline constexpr Resource kService{"", "v1", "Service", "services"};
inline constexpr Resource kPodDisruptionBudget{"policy", "v1", "PodDisruptionBudget",
                                               "poddisruptionbudgets"};
inline constexpr Resource kServiceMonitor{"monitoring.coreos.com", "v1", "ServiceMonitor",
                                          "servicemonitors"};
inline constexpr Resource kPrometheusRule{"monitoring.coreos.com", "v1", "PrometheusRule",
                                          "prometheusrules"};
inline constexpr Resource kConfigMap{"", "v1", "ConfigMap", "configmaps"};
inline constexpr Resource kSecret{"", "v1", "Secret", "secrets"};
inline constexpr Resource kNetworkPolicy{"networking.k8s.io", "v1", "NetworkPolicy",
                                         "networkpolicies"};
inline constexpr Resource kIngress{"networking.k8s.io", "v1", "Ingress", "ingresses"};
inline constexpr Resource kHttpRoute{"gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes"};
inline constexpr Resource kHorizontalPodAutoscaler{"autoscaling", "v2", "HorizontalPodAutoscaler",
                                                   "horizontalpodautoscalers"};
inline constexpr Resource kPod{"", "v1", "Pod", "pods"};
inline constexpr Resource kEvent{"events.k8s.io", "v1", "Event", "events"};
inline constexpr Resource kLease{"coordination.k8s.io", "v1", "Lease", "leases"};
inline constexpr Resource kCustomResourceDefinition{
    "apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions"};

}  // namespace api
