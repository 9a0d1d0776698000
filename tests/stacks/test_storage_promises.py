"""Each choice of the section [storage] keeps the promises that are made of every environment."""

from collections.abc import Callable

import pytest

from tests.choices import STORAGES, synthesized
from tests.stacks import test_data, test_exposure, test_permissions, test_references
from tests.synthesis import Synthesis

FROZEN = {
    "files": {("Storage", "ImageFilesDC3C70C4")},
    "copy": {
        ("Replica", "AccessLogs8B620ECA"),
        ("Replica", "DataKey17AFBB84"),
        ("Replica", "Images2D38C313"),
    },
}


@pytest.mark.parametrize("choice", STORAGES)
@pytest.mark.parametrize(
    "promise",
    [
        test_references.test_references_run_one_way,
        test_references.test_the_slow_stacks_deploy_side_by_side,
        test_references.test_no_reference_locks_an_export,
        test_references.test_every_referenced_output_exists,
        test_data.test_what_holds_data_outlives_its_stack,
        test_data.test_buckets_are_encrypted_and_speak_tls_only,
        test_exposure.test_only_the_edge_is_public,
        test_exposure.test_no_security_group_lets_the_internet_in,
        test_permissions.test_no_identity_may_do_whole_families_of_actions,
        test_permissions.test_only_what_has_no_resource_is_allowed_on_everything,
        test_permissions.test_each_secret_is_read_by_exactly_its_consumers,
        test_permissions.test_who_reads_a_secret_may_use_its_key,
        test_permissions.test_every_key_is_rotated,
    ],
    ids=lambda promise: promise.__name__,
)
def test_a_choice_keeps_the_promise(choice: str, promise: Callable[[Synthesis], None]) -> None:
    promise(synthesized(choice))


@pytest.mark.parametrize("choice", STORAGES)
def test_logical_ids_of_what_holds_images_are_frozen(choice: str) -> None:
    found = {(stack, i) for stack, i, _ in synthesized(choice).resources(*test_data.STATEFUL_TYPES)}
    gone = {("Storage", "AccessLogs8B620ECA"), ("Storage", "Images2D38C313")}
    assert test_data.FROZEN - found == (gone if choice == "files" else set())
    assert found - test_data.FROZEN == FROZEN[choice]
