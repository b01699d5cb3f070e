"""A crash before or after any write, and a write that nobody acknowledges, end as if nothing had happened."""

import collections
import concurrent.futures
import random

import pytest

import masks
import results
from matrix import cases, reference, try_case
from workloads import WORKLOADS

PROMISE = "P4: a crash at any instant converges without help after restart"
SAMPLE = 6  # plans of a workload in an ordinary run
SAMPLED_WORKLOADS = 4  # besides the first


def references(world, stations, workload):
    """Twice the same, so that what is compared is known not to be chance; and the one with a later change."""
    first = stations.submit(lambda station: reference(world, station, workload))
    second = stations.submit(lambda station: reference(world, station, workload))
    changed = stations.submit(lambda station: reference(world, station, workload, change_image=True))
    concurrent.futures.wait([first, second, changed])
    one, other = first.result(), second.result()
    chance = masks.differences((one.state, one.counts), (other.state, other.counts))
    assert not chance, f"the reference is not the same each time: {chance}"
    return one, changed.result()


def try_cases(world, stations, workload, choose):
    plain, changed = references(world, stations, workload)
    chosen = choose(cases(workload, plain.writes))
    assert chosen
    expected = {"changed-while-down": changed}
    verdicts = stations.map(lambda station, case: try_case(world, station, case, expected.get(case.fault, plain)), chosen)
    _report(workload, verdicts)
    # How often a status is told on the way depends on how fast the pods are; each other write comes every time.
    missed = [str(one.case) for one in verdicts if not one.reached]
    print(f"{workload.name}: {len(verdicts)} plans, not reached: {missed or 'none'}")
    assert all("status" in one for one in missed), f"these did not happen: {missed}"
    problems = [line for one in verdicts for line in one.problems]
    assert not problems, "\n".join(problems)


def _report(workload, verdicts):
    tried, passed = collections.Counter(), collections.Counter()
    for one in verdicts:
        if one.reached:
            tried[one.case.fault] += 1
            passed[one.case.fault] += not one.problems
    for fault, count in tried.items():
        results.write(f"crash-{workload.name}-{fault}", PROMISE, f"{fault}, workload {workload.name}", count, passed[fault])


def sampled(seed):
    others = random.Random(seed).sample(WORKLOADS[1:], SAMPLED_WORKLOADS)
    return {workload.name for workload in [WORKLOADS[0], *others]}


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda one: one.name)
def test_a_part_of_the_matrix(world, stations, workload, seed):
    if workload.name not in sampled(seed):
        pytest.skip("not in this run's part")
    chance = random.Random(f"{seed} {workload.name}")
    try_cases(world, stations, workload, lambda found: chance.sample(found, min(SAMPLE, len(found))))


@pytest.mark.long
@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda one: one.name)
def test_the_whole_matrix(world, stations, workload):
    try_cases(world, stations, workload, lambda found: found)
