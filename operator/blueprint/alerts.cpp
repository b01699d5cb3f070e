#include "blueprint/alerts.h"

#include "blueprint/defaults.h"
#include "blueprint/metadata.h"
#include "blueprint/monitoring.h"

namespace blueprint {
namespace {

constexpr const char* kCritical = "critical";
constexpr const char* kWarning = "warning";

struct Alert {
  const char* name;
  std::string expression;
  const char* hold;  // how long the expression has to be true
  const char* severity;
  std::string summary;
  std::string description;
};

// Writes expressions and words about one service.
class Words {
 public:
  explicit Words(const Context& context)
      : name_(context.name()), namespace_(context.blueprint.key.namespace_) {}

  // "shop/checkout"
  std::string service() const { return namespace_.empty() ? name_ : namespace_ + "/" + name_; }
  const std::string& name() const { return name_; }
  // `kubectl -n shop WORDS`
  std::string command(const std::string& words) const {
    return "`kubectl " + (namespace_.empty() ? "" : "-n " + namespace_ + " ") + words + "`";
  }

  std::string deployment(const char* metric, const std::string& more = "") const {
    return series(metric, "deployment=\"" + name_ + "\"" + more);
  }
  std::string autoscaler(const char* metric, const std::string& more = "") const {
    return series(metric, "horizontalpodautoscaler=\"" + name_ + "\"" + more);
  }
  std::string target(const char* metric) const { return series(metric, "job=\"" + name_ + "\""); }
  // Pods are named <blueprint>-<hash of the ReplicaSet>-<five letters>, of which Kubernetes cuts a
  // long name's hash and second dash (k8s.io/apiserver, names.SimpleNameGenerator). Both parts have
  // letters of k8s.io/apimachinery, util/rand, only.
  std::string pod(const char* metric, const std::string& more) const {
    constexpr const char* kLetters = "[bcdfghjklmnpqrstvwxz2456789]";
    return series(metric,
                  "pod=~\"" + name_ + "-" + kLetters + "{1,10}-?" + kLetters + "{5}\"" + more);
  }

 private:
  std::string series(const char* metric, const std::string& matchers) const {
    const std::string in = namespace_.empty() ? "" : "namespace=\"" + namespace_ + "\",";
    return std::string(metric).append("{").append(in).append(matchers).append("}");
  }

  std::string name_;
  std::string namespace_;
};

std::vector<Alert> deployment_alerts(const Words& words) {
  const std::string look =
      words.command("get serviceblueprint " + words.name() + " -o wide") + " shows why.";
  return {
      {"ServiceDown",
       words.deployment("kube_deployment_spec_replicas") + " > 0 and " +
           words.deployment("kube_deployment_status_replicas_available") + " == 0",
       "5m", kCritical, words.service() + " has no available replica",
       words.service() +
           " should have {{ $value }} replicas, and for 5 minutes none has been "
           "available: nobody is served. " +
           look},
      {"ServiceReplicasUnavailable",
       words.deployment("kube_deployment_spec_replicas") + " - " +
           words.deployment("kube_deployment_status_replicas_available") + " > 0",
       "15m", kWarning, words.service() + " has fewer replicas than it should",
       words.service() + " has been short of replicas (by {{ $value }}) for 15 minutes. " + look},
      {"ServiceRolloutStuck",
       words.deployment("kube_deployment_status_condition",
                        R"(,condition="Progressing",status="false")") +
           " == 1",
       "5m", kWarning, words.service() + " does not finish its rollout",
       "The rollout of " + words.service() +
           " has passed its deadline; the old pods go on serving. " + look +
           " A correct image or configuration ends it, and so does the previous one."}};
}

std::vector<Alert> pod_alerts(const Words& words) {
  const std::string working_set =
      words.pod("container_memory_working_set_bytes", R"(,container!="")");
  const std::string limit =
      words.pod("kube_pod_container_resource_limits", R"(,resource="memory")");
  const std::string by = "max by (namespace, pod, container) ";
  return {
      {"ServiceContainerCrashLooping",
       "max_over_time(" +
           words.pod("kube_pod_container_status_waiting_reason", R"(,reason="CrashLoopBackOff")") +
           "[5m]) >= 1",
       "10m", kWarning, words.service() + " has a container that keeps crashing",
       "The container {{ $labels.container }} of the pod {{ $labels.pod }} has been crashing "
       "for 10 minutes. " +
           words.command("logs --previous {{ $labels.pod }} -c {{ $labels.container }}") +
           " shows its last words."},
      {"ServiceMemoryNearLimit", by + "(" + working_set + ") / " + by + "(" + limit + ") > 0.9",
       "15m", kWarning, words.service() + " is close to its memory limit",
       "The container {{ $labels.container }} of the pod {{ $labels.pod }} has used over 90 % of "
       "its memory limit for 15 minutes (now {{ $value | humanizePercentage }}) and is killed when "
       "it reaches it. Raise spec.resources.limits.memory, or look for a leak."}};
}

Alert target_alert(const Words& words) {
  return {"ServiceTargetDown",
          "count by (namespace, job) (" + words.target("up") + " == 0)",
          "10m",
          kWarning,
          words.service() + " cannot be scraped",
          "Prometheus has had no answer from some endpoints of " + words.service() +
              " for 10 minutes (now {{ $value }}). Compare spec.monitoring.endpoints with what the "
              "service listens "
              "on; a network policy may be in the way, too."};
}

std::vector<Alert> autoscaler_alerts(const Words& words) {
  return {
      {"ServiceAutoscalerAtMaximum",
       words.autoscaler("kube_horizontalpodautoscaler_status_current_replicas") +
           " >= " + words.autoscaler("kube_horizontalpodautoscaler_spec_max_replicas"),
       "15m", kWarning, words.service() + " cannot scale up any further",
       words.service() +
           " has run with {{ $value }} replicas, the most that it may have, for 15 minutes: "
           "more load makes it slow. Raise spec.autoscaling.maxReplicas, or find out what the "
           "load is."},
      {"ServiceAutoscalerBlind",
       words.autoscaler("kube_horizontalpodautoscaler_status_condition",
                        R"(,condition="ScalingActive",status="false")") +
           " == 1",
       "15m", kWarning, words.service() + " is not scaled, as its metrics are missing",
       "The autoscaler of " + words.service() +
           " has had no metrics for 15 minutes and leaves the number of replicas as it is. " +
           words.command("describe hpa " + words.name()) + " names the metric that is missing."}};
}

std::vector<Alert> alerts_of(const Context& context) {
  const Words words(context);
  std::vector<Alert> alerts = deployment_alerts(words);
  const auto add = [&alerts](std::vector<Alert> more) {
    alerts.insert(alerts.end(), more.begin(), more.end());
  };
  add(pod_alerts(words));
  if (monitoring_enabled(context.spec())) add({target_alert(words)});
  if (is_autoscaled(context.spec())) add(autoscaler_alerts(words));
  return alerts;
}

nlohmann::json rule(const Context& context, const Alert& alert) {
  nlohmann::json labels{{"severity", alert.severity}, {"service", context.name()}};
  if (const auto& owner = context.spec().owner) labels["owner"] = *owner;
  return {{"alert", alert.name},
          {"expr", alert.expression},
          {"for", alert.hold},
          {"labels", std::move(labels)},
          {"annotations", {{"summary", alert.summary}, {"description", alert.description}}}};
}

}  // namespace

Object render_alerts(const Context& context) {
  nlohmann::json rules = nlohmann::json::array();
  for (const Alert& alert : alerts_of(context)) rules.push_back(rule(context, alert));
  const nlohmann::json group{{"name", context.name()}, {"rules", std::move(rules)}};
  return make_object(api::kPrometheusRule, context,
                     {{"spec", {{"groups", nlohmann::json::array({group})}}}},
                     {.labels = monitor_labels(context), .annotations = {}});
}

}  // namespace blueprint
