"""Generated ConfigMaps: immutable, one for each content; the current and the previous are kept, older ones go."""

from blueprints import change, create, wait_ready
from waiting import eventually, settled


def config_maps(api, namespace):
    """By name, those of the blueprint."""
    return {one["metadata"]["name"]: one
            for one in api.list("ConfigMap", namespace, "app.kubernetes.io/instance=shop")}


def used_by_pods(api, namespace):
    """The name that the pod template refers to."""
    container = api.get("Deployment", namespace, "shop")["spec"]["template"]["spec"]["containers"][0]
    return next(one["valueFrom"]["configMapKeyRef"]["name"] for one in container["env"]
                if one.get("valueFrom", {}).get("configMapKeyRef"))


def set_mode(api, namespace, mode):
    """A change of the content, rolled out; returns the name of its ConfigMap."""
    change(api, namespace, "shop", {"config": {"env": {"MODE": mode}}})

    def rolled_out():
        name = used_by_pods(api, namespace)
        assert api.get("ConfigMap", namespace, name)["data"]["MODE"] == mode
        return name
    name = eventually(rolled_out)
    wait_ready(api, namespace, "shop")
    return name


def expect_config_maps(api, namespace, names):
    def check():
        assert set(config_maps(api, namespace)) == set(names)
        listed = [one["name"] for one in api.get("ServiceBlueprint", namespace, "shop")["status"]["resources"]
                  if one["kind"] == "ConfigMap"]
        assert sorted(listed) == sorted(names)
    eventually(check)


def test_the_current_and_the_previous_are_kept_and_all_go_with_the_field(api, operator, namespace):
    create(api, namespace, "shop", config={"env": {"MODE": "0"}})
    wait_ready(api, namespace, "shop")
    names = [used_by_pods(api, namespace)]
    for mode in ("1", "2", "3"):
        names.append(set_mode(api, namespace, mode))
        expect_config_maps(api, namespace, names[-2:])
    assert all(one["immutable"] for one in config_maps(api, namespace).values())
    change(api, namespace, "shop", {"config": None})
    wait_ready(api, namespace, "shop")
    expect_config_maps(api, namespace, [])


def test_back_to_the_content_of_before_is_the_object_of_before(api, operator, namespace):
    create(api, namespace, "shop", config={"env": {"MODE": "0"}})
    wait_ready(api, namespace, "shop")
    first = used_by_pods(api, namespace)
    uid = config_maps(api, namespace)[first]["metadata"]["uid"]
    second = set_mode(api, namespace, "1")
    assert set_mode(api, namespace, "0") == first
    expect_config_maps(api, namespace, [first, second])
    assert config_maps(api, namespace)[first]["metadata"]["uid"] == uid


def test_a_rollout_that_does_not_complete_keeps_what_the_running_pods_use(api, operator, namespace):
    create(api, namespace, "shop", config={"env": {"MODE": "0"}})
    wait_ready(api, namespace, "shop")
    first = used_by_pods(api, namespace)
    impossible = {"nodeSelector": {"example.com/nowhere": "true"}}
    change(api, namespace, "shop", {"config": {"env": {"MODE": "1"}}, "scheduling": impossible})

    def second_is_tried():
        assert used_by_pods(api, namespace) != first
        return used_by_pods(api, namespace)
    second = eventually(second_is_tried)
    change(api, namespace, "shop", {"config": {"env": {"MODE": "2"}}})

    def third_is_tried():
        assert used_by_pods(api, namespace) not in (first, second)
        return used_by_pods(api, namespace)
    third = eventually(third_is_tried)
    settled(lambda: sorted(config_maps(api, namespace)))
    assert set(config_maps(api, namespace)) == {first, second, third}
    change(api, namespace, "shop", {"scheduling": None})
    wait_ready(api, namespace, "shop")
    expect_config_maps(api, namespace, [second, third])


def test_older_ones_that_the_inventory_lost_go_too(api, operator, namespace):
    create(api, namespace, "shop", config={"env": {"MODE": "0"}})
    wait_ready(api, namespace, "shop")
    names = [used_by_pods(api, namespace), set_mode(api, namespace, "1")]
    operator.kill()
    api.patch("ServiceBlueprint", namespace, "shop", {"status": {"resources": []}}, subresource="status")
    operator.start()
    names.append(set_mode(api, namespace, "2"))
    expect_config_maps(api, namespace, names[-2:])


def test_a_deleted_one_comes_back(api, operator, namespace):
    create(api, namespace, "shop", config={"env": {"MODE": "0"}})
    wait_ready(api, namespace, "shop")
    name = used_by_pods(api, namespace)
    data = config_maps(api, namespace)[name]["data"]
    api.delete("ConfigMap", namespace, name)

    def back():
        found = api.get("ConfigMap", namespace, name)
        assert found and found["data"] == data
    eventually(back)


def expect_silence(audit, namespace):
    """No write to the namespace from now on, once what is under way has settled."""
    start = audit.position()

    def writes():
        return [one for one in audit.writes_since(start) if f"/{namespace}/" in one[1]]
    under_way = settled(writes)
    assert settled(writes, quiet_seconds=8) == under_way


def test_a_rollout_undone_by_hand_is_put_right_once(api, operator, namespace, audit):
    create(api, namespace, "shop", config={"env": {"MODE": "0"}})
    wait_ready(api, namespace, "shop")
    first = used_by_pods(api, namespace)
    second = set_mode(api, namespace, "1")
    expect_config_maps(api, namespace, [first, second])
    before = api.get("Deployment", namespace, "shop")["metadata"]["generation"]
    start = audit.position()
    api.kubectl("rollout", "undo", "deployment/shop", "--namespace", namespace)

    def put_right():
        assert api.get("Deployment", namespace, "shop")["metadata"]["generation"] == before + 2, "undone and put right"
        assert used_by_pods(api, namespace) == second
    eventually(put_right)
    wait_ready(api, namespace, "shop")
    expect_silence(audit, namespace)
    put_right()
    applies = [one for one in audit.writes_since(start) if f"/{namespace}/deployments" in one[1]]
    assert len(applies) == 1, applies
    expect_config_maps(api, namespace, [first, second])

    def pods_use_the_second():
        used = [entry["valueFrom"]["configMapKeyRef"]["name"] for pod in api.list("Pod", namespace)
                for entry in pod["spec"]["containers"][0]["env"] if entry.get("valueFrom", {}).get("configMapKeyRef")]
        assert used == [second]
    eventually(pods_use_the_second)


def test_a_deleted_previous_one_disturbs_nothing(api, operator, namespace, audit):
    create(api, namespace, "shop", config={"env": {"MODE": "0"}})
    wait_ready(api, namespace, "shop")
    first = used_by_pods(api, namespace)
    second = set_mode(api, namespace, "1")
    expect_config_maps(api, namespace, [first, second])
    before = api.get("Deployment", namespace, "shop")["metadata"]
    uid = config_maps(api, namespace)[second]["metadata"]["uid"]
    api.delete("ConfigMap", namespace, first)
    expect_silence(audit, namespace)
    expect_config_maps(api, namespace, [second])
    assert config_maps(api, namespace)[second]["metadata"]["uid"] == uid
    assert api.get("Deployment", namespace, "shop")["metadata"]["generation"] == before["generation"]
    # The content of before is made anew, and the one after it is kept.
    assert set_mode(api, namespace, "0") == first
    expect_config_maps(api, namespace, [first, second])
