"""Which tests hold what the first audit found to give way (H high, M medium, L low): its attacks, wherever they stand.

An attack stands in the ring that has what it needs: most over a whole desk in this folder, some over a store, a unit,
or the architecture. What each was and what holds now: docs/explanation/threat-model.md.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CI = (ROOT / ".ci/run").read_text(encoding="utf-8")
THREATS = ROOT / "docs" / "explanation" / "threat-model.md"
FINDINGS = {
    "H1": (
        "tests/attacks/test_roles.py::test_a_forged_certificate_shows_nobodys_record",
        "tests/attacks/test_roles.py::test_an_invented_order_pays_no_fine",
        "tests/attacks/test_roles_from_within.py::test_measures_are_for_monitors",
    ),
    "H2": (
        "tests/attacks/test_sealed_at_rest.py::test_what_residents_say_is_read_nowhere_and_after_erasing_by_nobody",
        "tests/product/test_sealed.py::test_nothing_that_residents_type_is_readable",
    ),
    "H3": (
        "tests/integration/test_payments_command.py::test_nobody_acts_without_logging_in",
        "tests/integration/test_payments_command.py::test_a_refund_above_the_limit_takes_two",
        "tests/attacks/test_sealed_at_rest.py::test_who_reads_a_transcript_or_takes_data_leaves_a_trace",
    ),
    "H4": (
        "tests/attacks/test_guessing.py::test_vin_tails_are_not_guessed_over_new_sessions",
        "tests/attacks/test_guessing.py::test_an_account_that_was_guessed_tells_no_road",
        "tests/attacks/test_guessing.py::test_whether_an_id_is_known_is_not_told",
        "tests/attacks/test_guessing.py::test_codes_asked_for_by_a_stranger_do_not_refuse_the_owner",
    ),
    "M1": (
        "tests/unit/test_masking_is_linear.py::test_masking_grows_with_the_text_and_no_faster",
        "tests/attacks/test_long_talks.py::test_masking_a_long_talk_holds_nothing_of_the_store",
    ),
    "M2": ("tests/attacks/test_crowding.py::test_limiter_holds_while_valkey_is_slow",),
    "M3": (
        "tests/attacks/test_sessions.py::test_session_is_over_in_time",
        "tests/attacks/test_sessions.py::test_session_is_ended_here_and_everywhere",
        "tests/attacks/test_sessions.py::test_export_hides_numbers_until_it_is_proved_whose_they_are",
        "tests/attacks/test_sessions.py::test_own_proof_in_a_stolen_session_shows_no_other_id",
    ),
    "M4": (
        "tests/attacks/test_crowding.py::test_invented_couples_from_one_address_become_slow",
        "tests/attacks/test_crowding.py::test_tickets_from_one_address_are_bounded_and_emergencies_never",
    ),
    "M5": (
        "tests/attacks/test_sessions.py::test_link_of_somebody_else_opens_nothing_unasked",
        "tests/attacks/test_sessions.py::test_code_of_somebody_else_opens_nothing_in_a_browser",
        "tests/attacks/test_sessions.py::test_entry_of_a_link_is_brought_by_the_page_that_asked_for_it",
    ),
    "M6": ("tests/attacks/test_sessions.py::test_weibo_signature_is_good_for_one_body",),
    "M7": (
        "tests/architecture/test_supply.py::test_the_bot_serves_without_what_it_does_not_need",
        "tests/architecture/test_supply.py::test_no_known_vulnerability_is_in_a_lock",
    ),
    "L1": (
        "tests/attacks/test_bad_input.py::test_strange_requests_are_no_failures",
        "tests/attacks/test_bad_input.py::test_uploads_that_are_no_forms_are_malformed",
        "tests/attacks/test_bad_input.py::test_packed_notification_of_a_payment_is_refused",
    ),
    "L2": (
        "tests/attacks/test_roles.py::test_residents_door_opens_for_no_command_and_no_monitor",
        "tests/attacks/test_roles_from_within.py::test_measures_are_for_monitors",
    ),
    "L3": ("tests/attacks/test_crowding.py::test_wrong_codes_of_linking_lock_nobody_else",),
    "L4": (
        "tests/attacks/test_crowding.py::test_files_of_a_session_are_bounded",
        "tests/attacks/test_crowding.py::test_slow_body_holds_no_place",
        "tests/attacks/test_crowding.py::test_streams_of_one_address_leave_room_for_others",
    ),
    "L5": (
        "tests/attacks/test_open_files.py::test_folder_that_others_could_read_is_closed",
        "tests/attacks/test_open_files.py::test_pretend_agencies_keep_persons_for_their_owner_alone",
    ),
    "L6": (
        "tests/integration/test_keys_command.py::test_master_keys_rotate_and_retire",
        "tests/attacks/test_sealed_at_rest.py::test_keys_are_wrapped_anew_while_turns_are_taken",
        "tests/unit/test_rotating_the_secret.py::test_what_is_signed_holds_while_its_secret_is_valid",
    ),
    "L7": ("tests/integration/test_payments.py::test_pages_of_an_erased_resident_say_nothing_of_the_person",),
    "L8": ("tests/integration/test_engines.py::test_our_role_is_no_superuser",),
    "L9": (
        "tests/integration/test_tickets.py::test_staff_read_text_that_a_terminal_does_not_obey",
        "tests/unit/test_unseen.py::test_no_character_of_format_or_control_is_left",
        "tests/unit/test_tickets.py::test_numbers_of_persons_are_masked_for_staff",
    ),
    "consent": ("tests/integration/test_consents.py::test_erasing_leaves_a_receipt_without_content",),
}
"""By finding; `consent` is the proof of consent, which erasing deleted."""
NUMBERS = [f"{weight}{number}" for weight, most in (("H", 4), ("M", 7), ("L", 9)) for number in range(1, most + 1)]
RUN = {
    "architecture": "quick", "attacks": "attacks", "integration": "integration", "product": "product", "unit": "quick",
}  # fmt: skip
"""Which command of the Makefile runs a ring, of those that `.ci/run` names."""


def test_every_finding_has_tests() -> None:
    """Four high ones, seven of medium weight, nine low ones, and the proof of consent."""
    assert [*FINDINGS] == [*NUMBERS, "consent"]
    assert all(FINDINGS.values())


@pytest.mark.parametrize("node", sorted({node for nodes in FINDINGS.values() for node in nodes}))
def test_each_is_a_test_that_is_run(node: str) -> None:
    """It stands in a module of its ring as pytest collects it, is never skipped, and `.ci/run` runs the ring."""
    path, _, name = node.partition("::")
    module = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    found = [one for one in module.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name == name]
    assert len(found) == 1
    marks = [ast.unparse(one) for one in found[0].decorator_list]
    assert not [one for one in marks if "skip" in one or "xfail" in one]
    _, ring, file = Path(path).parts
    assert (file.startswith("test_"), f"make test-{RUN[ring]}" in CI) == (True, True)


def test_the_threat_model_names_the_same_tests() -> None:
    """Row by row of what gave way once."""
    page = THREATS.read_text(encoding="utf-8").partition("## What gave way once")[2].partition("\n## ")[0]
    rows = [line for line in page.splitlines() if re.match(r"\| ([HML]\d )?\| ", line) and "`test_" in line]
    named = {row.split("|")[1].strip() or "consent": re.findall(r"`(test_\w+)`", row) for row in rows}
    assert named == {one: [node.partition("::")[2] for node in nodes] for one, nodes in FINDINGS.items()}
