"""Emergencies without the store: the signs on strangers' lines, telephones, texts, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures import loaded

from desk.contract.errors import ConfigurationError
from desk.contract.wire import LOCALES, Locale
from desk.safety.kinds import Kind, kind_problems
from desk.safety.signs import Signs, is_stale, load_signs
from desk.safety.steps import (
    ASKED,
    FIRST,
    NEAR,
    asked_about,
    asks,
    borne_out,
    case_named,
    compared,
    count_named,
    denies,
    down_step,
    in_order,
    nearest,
    signs_named,
    steps_of,
    without_life,
)
from desk.safety.words import Wording
from desk.texts.catalogs import Catalogs
from desk.texts.splitting import choices

ROOT = Path(__file__).parents[2]
STRANGERS = ROOT / "nlu" / "safety" / "tests" / "strangers.jsonl"
DIRECT_FLOOR, INDIRECT_FLOOR, FALSE_ALARMS_CEILING = 0.95, 0.8, 0.015
KINDS = loaded.kinds()
UNANSWERED = loaded.unanswered()
DIRECTORY = loaded.directory()
CITIES = loaded.cities()


@pytest.fixture(scope="module")
def signs() -> Signs:
    """The table of the checkout."""
    return load_signs(ROOT, KINDS)


@pytest.fixture(scope="module")
def catalogs() -> Catalogs:
    """The texts of the checkout; a text that cannot be said fails."""
    return Catalogs(ROOT / "locales", strict=True)


def strangers(what: str) -> list[dict[str, object]]:
    """Lines of one sort that nobody trains on."""
    lines = [json.loads(line) for line in STRANGERS.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line["is"] == what]


@pytest.mark.parametrize(("direct", "floor"), [(True, DIRECT_FLOOR), (False, INDIRECT_FLOOR)])
def test_signs_hear_emergencies_alone(signs: Signs, direct: bool, floor: float) -> None:
    """Without bot and model, of strangers' lines at least the floor."""
    told = [line for line in strangers("emergency") if line["direct"] is direct]
    assert sum(signs.hear(str(line["text"]), alone=True) is not None for line in told) / len(told) >= floor


def test_signs_hardly_hear_what_merely_sounds_like_it(signs: Signs) -> None:
    """Of near misses by strangers no more than the ceiling, even where the bot is away."""
    near = strangers("near_miss")
    assert (
        sum(signs.hear(str(line["text"]), alone=True) is not None for line in near) / len(near) <= FALSE_ALARMS_CEILING
    )


def test_the_signs_are_made_of_the_lines_as_they_are() -> None:
    """Whoever changes a line makes them anew: `desk nlu signs`."""
    assert not is_stale(ROOT)


def test_every_kind_has_lines_and_texts_that_are_read_in_time() -> None:
    """In each language."""
    assert [*kind_problems(ROOT, KINDS)] == []


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_said_in_every_city_and_language_without_asking(name: str, catalogs: Catalogs) -> None:
    """Every telephone has a number there; numbers stand in the text; nothing is asked."""
    wording, kind = Wording(DIRECTORY), KINDS[name]
    for city in CITIES.values():
        for locale in LOCALES:
            said = catalogs.render(wording.first(city, kind.first, kind), locale)
            assert all(line.number in said.text for line in wording.numbers(city, kind))
            assert not {"?", "？"} & set(said.text)


@pytest.mark.parametrize("name", KINDS)
def test_thirty_answers_go_by_before_one_comes_again(name: str, catalogs: Catalogs) -> None:
    """So long nobody in danger reads the same twice."""
    wording, kind, city = Wording(DIRECTORY), KINDS[name], next(iter(CITIES.values()))
    steps, names, said = steps_of(KINDS, [name], first=True), [f"{name}:{FIRST}"], []
    for number in range(1, 31):
        step = in_order(name, steps, names)
        names.append(step.name)
        said.append(catalogs.render(wording.step(city, step.act, number, kind), "en").text)
    assert len(set(said)) == 30


def test_another_case_is_never_next_in_order() -> None:
    """Who swallowed a battery hears nothing of mushrooms; kinds without cases go on with their own steps."""
    for name, kind in KINDS.items():
        steps = steps_of(KINDS, [name], first=True)
        assert in_order(name, steps, (f"{name}:{FIRST}",)).is_meanwhile == kind.cases, name
    assert any(kind.cases for kind in KINDS.values())


def test_the_nearest_step_is_said_unless_it_was_just_said() -> None:
    """Of equals none is near; what is not near, or not known, leaves the order."""
    steps = [
        replace(step, act=step.act.model_copy(update={"answers": ()}))
        for step in steps_of(KINDS, ["medical", "fire"], first=True)
    ]
    likeness = [0.0] * len(steps)
    likeness[3], likeness[-1] = NEAR + 0.2, NEAR + 0.1
    assert nearest(steps, likeness, ()) == steps[3]
    assert nearest(steps, likeness, (steps[3].name,)) == steps[-1]
    assert nearest(steps, likeness, (steps[3].name, "fire:0", "fire:1")) == steps[3]
    assert nearest(steps, [NEAR - 0.01] * len(steps), ()) is None
    assert nearest(steps, (), ()) is None
    assert steps[-1].kind == "fire"


@pytest.mark.parametrize(
    ("text", "case"),
    [
        pytest.param("我妈吃着饭口水直流，脸往一边斜，讲话含糊", 4, id="a stroke at table"),
        pytest.param("佢隻手忽然冇力，講嘢唔清楚", 4, id="a stroke in Cantonese"),
        pytest.param("one side of her smile hangs and she can't lift that arm", 4, id="a stroke in English"),
        pytest.param("宝宝被果冻噎着了", 1, id="choking"),
        pytest.param("没有噎着，是左手抬不起来", 4, id="what is denied is no sign"),
        pytest.param("he isn't choking, his words are slurred", 4, id="nor is it in English"),
        pytest.param("心口闷得慌，满头冷汗，左手有点麻", 3, id="the case with the most signs"),
        pytest.param("it is heatstroke, he worked in the sun", None, id="another illness of that name"),
        pytest.param("胸口还在一起一伏", None, id="a chest that moves does not hurt"),
        pytest.param("她从楼梯上摔下来，脚踝肿得老大", None, id="none is named"),
        pytest.param("they asked for our address, may he drink?", None, id="nor is one asked about"),
    ],
)
def test_a_case_is_told_only_where_its_signs_are_named(text: str, case: int | None) -> None:
    """However near its words are to what was written; else what is right in every case is said."""
    steps = steps_of(KINDS, ["medical"], first=False)
    named = case_named(steps, text)
    assert (None if named is None else named.name) == (None if case is None else f"medical:{case}")
    told = [step for step in borne_out(steps, text) if step.act.signs]
    assert [step.name for step in told] == ([] if named is None else [named.name]) or len(told) > 1
    assert nearest(steps, [1.0] * len(compared(steps, "en")), (), borne_out(steps, text)) is not None


def test_a_case_that_was_told_may_be_asked_about() -> None:
    """Its signs need not be named again; it does not come first a second time."""
    steps = steps_of(KINDS, ["medical"], first=False)
    assert case_named(steps, "嘴巴歪了", ("medical:4",)) is None
    assert "medical:4" in [step.name for step in borne_out(steps, "能吃药吗", ("medical:4",))]


@pytest.mark.parametrize(
    ("kind", "text", "denied"),
    [
        ("self_harm", "我可没想寻短见，就是生气", True),
        ("self_harm", "I'm not suicidal, we just argued", True),
        ("self_harm", "不想活了，想死", False),
        ("self_harm", "没事", False),
        ("domestic_violence", "他没有打我，只是吵架", True),
        ("domestic_violence", "他昨天没打我，今天又动手了", False),
    ],
)
def test_what_is_called_by_its_name_to_deny_it(kind: str, text: str, *, denied: bool) -> None:
    """A bare word that all is well denies nothing, nor does one who denies it of another day."""
    assert denies(KINDS[kind].denied, text) is denied


@pytest.mark.parametrize("locale", LOCALES)
def test_a_question_that_a_step_answers_brings_that_step(locale: Locale) -> None:
    """Whichever of its texts is nearest; every step of every kind is found by its own texts."""
    steps = steps_of(KINDS, [*KINDS], first=True)
    owners = [step for step in steps for _ in step.texts(locale)]
    texts = compared(steps, locale)
    assert len(owners) == len(texts)
    for place, step in enumerate(owners):
        likeness = [0.0] * len(texts)
        likeness[place] = ASKED
        assert nearest(steps, likeness, ()) == step
        likeness[place] = NEAR
        assert nearest(steps, likeness, ()) == (step if texts[place] == step.texts(locale)[0] else None)


def test_each_question_is_answered_by_one_step_of_a_kind() -> None:
    """Two steps with one question would answer it by chance."""
    for name in KINDS:
        for locale in LOCALES:
            texts = compared(steps_of(KINDS, [name], first=True), locale)
            assert len(texts) == len(set(texts)), (name, locale)


@pytest.mark.parametrize(("kind", "says"), [("medical", "medical"), ("gas", "gas"), ("fire", "medical")])
def test_who_is_down_is_answered_by_the_kind_or_by_the_body(kind: str, says: str) -> None:
    """Breathing, pressing and nothing to drink, in the words of the kind where the place asks for other ones."""
    step = down_step(KINDS, kind)
    assert step is not None
    assert step.kind == says
    assert "120" in step.act.en
    assert "middle of the chest" in step.act.en
    assert "othing to drink" in step.act.en


def test_a_city_has_its_own_gas_company_and_the_nations_fire_brigade() -> None:
    """A city's number stands before the nation's."""
    city = next(one for one in CITIES.values() if "gas" in one.directory)
    assert DIRECTORY.of(city, "gas").number == city.directory["gas"].number
    assert DIRECTORY.of(city, "fire").number == "119"
    with pytest.raises(ConfigurationError, match="coastguard"):
        DIRECTORY.of(city, "coastguard")


def test_buttons_that_dial_are_left_out_where_choices_are_numbered(catalogs: Catalogs) -> None:
    """The numbers stand in the text; a numbered line is an answer, not a call."""
    said = catalogs.render(
        Wording(DIRECTORY).first(next(iter(CITIES.values())), KINDS["fire"].first, KINDS["fire"]), "zh_Hans"
    )
    assert [button.url for button in said.buttons] == ["tel:119", "tel:120", None]
    assert [button.payload for button in choices(said)] == ["/no_emergency"]
    assert [set(one) for one in said.model_dump()["buttons"]][-1] == {"title", "payload"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("着火了快来人", "zh_Hans"),
        ("著火啦快啲嚟人", "zh_Hant"),
        ("fire in the kitchen", "en"),
        ("佢跌低咗唔郁", None),
        ("119", None),
        ("!!!", None),
    ],
)
def test_the_language_of_a_text_is_told_by_its_letters(signs: Signs, text: str, language: str | None) -> None:
    """What no letter tells is left to the conversation."""
    assert signs.language(text) == language


def test_a_kind_without_telephone_or_source_is_refused() -> None:
    """Nobody is told what nobody official says, and everybody is told whom to call."""
    said = {"zh_Hans": "走", "zh_Hant": "走", "en": "Go"}
    good = {"names": said, "call": ["fire"], "first": said, "then": [said] * 4, "sources": [{"title": "t", "by": "b"}]}
    assert Kind.model_validate(good).call == ["fire"]
    for name in ("call", "sources", "then"):
        with pytest.raises(ValueError, match=name):
            Kind.model_validate({**good, name: []})


@pytest.mark.parametrize(
    ("text", "is_asked"),
    [
        ("他们来了。隔壁还有人，要不要去喊", True),
        ("打通喇，先打119定打112", True),
        ("ok they are on the way. should I wake the neighbours", True),
        ("没事了，谢谢你们", False),
        ("要不要我说？不用了，他们到了。", False),
        ("they are here, all good", False),
    ],
)
def test_who_ends_with_a_question_goes_on(text: str, is_asked: bool) -> None:
    """What is asked last is not the end of an emergency."""
    assert asks(text) is is_asked


def test_a_stove_and_a_dizzy_head_are_carbon_monoxide() -> None:
    """Whatever the words for it: open the windows, out of the room."""
    steps = steps_of(KINDS, ["medical"], first=False)
    for said in ("屋里烧着炭盆，我妈头晕", "個熱水爐開住，阿媽話暈", "the coal fire is on and gran feels sick"):
        step = case_named(steps, said)
        assert step is not None
        assert "一氧化碳" in step.act.zh_Hans


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("娃把磁铁珠子吞了", "别催吐"),
        ("個仔吞咗粒硬幣", "别催吐"),
        ("my son swallowed a magnet", "别催吐"),
        ("我9岁，我爸要打我妈", "这不是你的错"),
        ("孩子滑到河里了", "抛绳子"),
    ],
)
def test_of_a_child_the_case_is_told_that_is_named(said: str, told: str) -> None:
    """Nothing of water where nobody fell into it, and a mother is not spoken to as a child."""
    steps = steps_of(KINDS, ["child"], first=False)
    step = case_named(steps, said)
    assert step is not None
    assert told in step.act.zh_Hans
    assert not any("落水" in one.act.zh_Hans for one in borne_out(steps, "娃把磁铁珠子吞了"))


@pytest.mark.parametrize(
    "text",
    [
        "电视遥控器按了没反应",
        "打投诉电话三天了没反应",
        "黄昏的时候路灯才亮",
        "那棵树倒在地上挡路",
        "the ticket machine does not respond",
        "part of the ceiling collapsed in the hall",
        "there is a faint smell of paint in the lobby",
    ],
)
def test_a_thing_that_does_not_respond_is_nobody_who_is_down(text: str) -> None:
    """A machine, an office or a tree names no sign of any case."""
    steps = steps_of(KINDS, [name for name, kind in KINDS.items() if kind.cases], first=False)
    assert [step.name for step in steps if signs_named(step, text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "我师傅叫不应了",
        "隔壁阿婆晕咗",
        "他胸口不起伏了",
        "my neighbour collapsed",
        "the old man will not wake",
        "gran fainted",
    ],
)
def test_a_person_who_does_not_respond_is_down(text: str) -> None:
    """However it is said, and whoever it is."""
    step = case_named(steps_of(KINDS, ["medical"], first=False), text)
    assert step is not None
    assert step.act.down


PRESSES = "在胸口正中用力快压"


@pytest.mark.parametrize("kind", ["flood", "gas", "poisoning", "power_line", "traffic_accident"])
def test_nobody_is_told_to_press_where_nobody_was_said_not_to_breathe(kind: str) -> None:
    """Neither as the next in order nor as the nearest; who was said not to breathe is."""
    steps = steps_of(KINDS, [kind], first=False)
    told = [step for step in borne_out(steps, "现在该怎么办") if PRESSES in step.act.zh_Hans]
    assert [step for step in told if not step.name.endswith("down")] == []
    said: list[str] = []
    for _ in range(12):
        said.append(in_order(kind, steps, said).name)
    assert not any(PRESSES in step.act.zh_Hans for step in steps if step.name in said)
    named = case_named(steps, "他掉进河里，捞上来没呼吸")
    assert named is not None
    assert PRESSES in named.act.zh_Hans


@pytest.mark.parametrize(
    ("text", "unanswered"),
    [
        ("120一直占线", True),
        ("打咗好多次都打唔通", True),
        ("119冇人聽", True),
        ("nobody picks up at 120", True),
        ("i can't get through", True),
        ("the line is busy", True),
        ("打通了，他们说马上到", False),
        ("她一句话也不答应", False),
        ("打不到车去医院", False),
        ("he is not answering me, he just stares", False),
        ("没人接孩子放学", False),
    ],
)
def test_a_telephone_that_nobody_answers_is_heard(text: str, *, unanswered: bool) -> None:
    """Engaged, or rung in vain; not somebody who does not answer, nor a taxi that does not come."""
    assert (count_named(UNANSWERED.signs, text) > 0) is unanswered


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("他还有呼吸", ""),
        ("she is breathing on her own", ""),
        ("大夫到了，人喘气匀了", "大夫到了"),
        ("火灭了，大家都下来了", None),
    ],
)
def test_that_somebody_breathes_says_nothing_of_an_end(text: str, rest: str | None) -> None:
    """What is said beside it counts."""
    assert without_life(text) == rest


@pytest.mark.parametrize(
    ("kind", "said", "text", "answer"),
    [
        ("gas", (), "总阀在厨房，我能进去关吗", "要进屋才关得到的，别去"),
        ("gas", (), "can i go back in for my dog?", "别再进去"),
        ("fire", (), "證件仲喺屋企，可唔可以返去攞", "别再进去"),
        ("medical", ("medical:6",), "炉子我进去灭了行不", "炉子留给119"),
        ("medical", ("medical:9",), "醒一点了，要不要喂点糖水", None),
        ("child", ("child:2",), "能给她吃点蜂蜜不", "蜂蜜"),
        ("child", ("child:2",), "which hospital can take it out?", "120接线员或随车医生"),
        ("child", ("child:3",), "孩子没找到，我能喝口水再找吗", None),
        ("poisoning", (), "可唔可以俾佢飲牛奶", "别自己喂"),
        ("poisoning", (), "他喝了牛奶以后吐了两回", None),
    ],
)
def test_what_is_asked_in_an_emergency_is_answered_by_its_facts(
    kind: str, said: tuple[str, ...], text: str, answer: str | None
) -> None:
    """Of a case only where it was told or is named; what is merely told is no question."""
    steps = steps_of(KINDS, [kind], first=True)
    step = asked_about(borne_out(steps, text, said), text, said)
    assert (step is None) is (answer is None)
    assert step is None or (answer or "") in step.act.zh_Hans


@pytest.mark.parametrize(("place", "numbers"), [(2, ["120"]), (3, ["110"]), (1, ["120", "119", "110"])])
def test_a_case_of_a_child_has_its_own_telephones(place: int, numbers: list[str]) -> None:
    """Who swallowed something is the ambulance's, who is missing the police's."""
    city = next(iter(CITIES.values()))
    case = KINDS["child"].model_copy(update={"call": [*KINDS["child"].then[place].call]})
    assert [line.number for line in Wording(DIRECTORY).numbers(city, case)] == numbers


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("我哥上个月说不想活了，他的社保怎么查", True),
        ("a friend told me she wants to die. and when is bus 4?", True),
        ("佢話過想自殺，我想問下醫保", True),
        ("我不想死，就想退款", False),
        ("热得想死，什么时候来电", False),
        ("想死你了宝贝", False),
    ],
)
def test_a_wish_to_die_names_its_kind_whoever_has_it(text: str, *, named: bool) -> None:
    """Reported or past, beside another wish; not a manner of speaking."""
    assert (count_named(KINDS["self_harm"].signs, text) > 0) is named
