"""No reply twice in a row: a question that comes back is helped, and then another way is shown."""

from fixtures.dialogue import Resident


def keys(resident: Resident) -> list[str]:
    return [reply.key for reply in resident.outcome.replies]


async def test_a_question_that_comes_back_is_asked_otherwise(resident: Resident) -> None:
    """First with help, then with a telephone and a person; no two answers are alike."""
    await resident.ask_for_fines()
    answers = [await resident.say(nonsense, "inform") for nonsense in ("哦哦", "那个", "就是嘛", "哎呀")]
    assert len(set(answers)) == len(answers)
    assert resident.state == ("traffic_fines", "vin_last6")
    assert any(key.startswith("common.another_way") for key in keys(resident))
    assert "转人工" in resident.buttons


async def test_what_is_answered_in_between_is_no_try(resident: Resident) -> None:
    """Whoever asks the way in the middle has not failed to answer."""
    await resident.ask_for_fines()
    for _ in range(3):
        await resident.say("下一班车", "next_bus", stop="武林广场")
        await resident.say("谢谢", "thanks")
    assert resident.session.tries == 0


async def test_instead_of_the_same_answer_twice_it_is_said_who_knows_more(resident: Resident) -> None:
    """With a telephone and a person."""
    await resident.say("我的申请怎么样了", "request_status")
    await resident.say("到底怎么样了", "request_status")
    assert keys(resident)[0].startswith("common.all_there_is")
    assert "转人工" in resident.buttons


async def test_a_question_that_waits_is_not_said_in_full_again(resident: Resident) -> None:
    """After a digression a word is enough; its buttons stay."""
    await resident.ask_for_fines()
    answers = [await resident.say("谢谢", "thanks") for _ in range(4)]
    assert [answer for answer in answers if "印在行驶证" in answer] == []
    assert "取消" in resident.buttons
    assert resident.state == ("traffic_fines", "vin_last6")
