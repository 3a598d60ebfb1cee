"""Hears an emergency, direct or indirect, whatever the intent is: n-grams, the first encoder and the tuned one.

Of a message in which none is heard each piece is heard by itself (`asides`); of one of money, too, so that somebody who
wants to die for it is not told of banks first. Where the desk finds signs of a kind's case named (`signs` of the
message), the encoders are asked in any case, less is wanted, and where even so none is heard the answer says a word of
caution.

Each is asked only where the one before finds an emergency possible, so that of what residents say to services the
first encoder is asked about a few sentences in a hundred and the tuned one about fewer. The heads on n-grams and on the
first encoder learn from all lines in training; the tuned encoder and its heads are made off-line (`bot/tuning/`).
"""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.special import expit

from bot.components import BY_SIGN, CAUTION, EMERGENCY, NORMALISED, POSSIBLE, WRITTEN
from bot.components.component import Learner
from bot.components.encoders.encoder import encode
from bot.components.encoders.ngrams import NgramSpace
from bot.components.encoders.tuned_encoder import tuned
from bot.components.heads.asides import SIGN, asides
from bot.components.heads.linear_head import LinearHead
from bot.components.heads.softmax import softmax
from bot.emergency_lines import KIND
from bot.turns import SITUATION
from values.writing import normalised

NONE = "none"
"""The tuned encoder's name for what is no emergency."""
HELP = "help"
"""The kind of a cry for help that does not say what happened."""
UNCLEAR, ALSO = 0.3, 0.25
"""Less likely than the first, every kind is unclear; more likely than the second, one is named beside the first."""
CACHED_SENTENCES = 4096
_LEARNT = "emergency.json"
ENDED, A_WISH = 0.8, 0.98
"""So likely all before the last part of a message ends an emergency, and that part is another wish."""
SURE_OF_A_WISH = 0.6
"""And the bot is so sure of what it wants."""
NO_WISHES = ("affirm", "cancel", "choose", "correct", "deny", "goodbye", "greet", "inform", "out_of_scope", "thanks")
"""Intents that are no wish for something else."""
GOES_ON, GOING_ON = "goes_on", 0.5
"""So likely a part of a message, by itself, goes on."""
SURELY_OVER = 0.97
"""So likely a whole message ends it, its parts are not asked: "they are here" and "thanks" each go on by themselves."""
SHARES = "shares"
"""Of what was heard: how likely each kind is; it goes no further than to `led`."""
WEAK, DOUBTFUL = "weak", 4.5
"""Of what was heard: whether so little above the threshold (log odds) that other evidence decides."""
MOODS = frozenset({"self_harm", "domestic_violence"})
"""Kinds that people also sound like who say goodbye, are cross or live alone: what is weak of them is cautioned about.
Of 1,110 messages of residents fourteen sounded like an emergency and were none, thirteen of them weakly and eleven like
these; of 64 lines by strangers in despair two are weak, of 63 of blows three."""
BARELY, LONELY, BARE = 2.0, MOODS | {"child"}, "bare"
"""And barely (log odds): of these kinds nothing is said where the bot is sure of a service ("my children are away, how
do I pay the water?"), and of a child a warning is enough. Of 918 emergencies by strangers none is so."""
FALLBACK, OUT_OF_SCOPE, REPORT = "nlu_fallback", "out_of_scope", "report_problem"
ELSEWHERE, COURTESIES = 0.75, frozenset({"goodbye", "thanks", "greet"})
SURE_OF_A_COURTESY = 0.6
NEAR_DANGER = frozenset(
    {
        *("report_problem", "request_status", "hospital_appointment", "change_appointment", "service_guide"),
        *("human_agent", "complain_about_bot", OUT_OF_SCOPE, FALLBACK),
        *("affirm", "cancel", "choose", "correct", "deny", "go_back", "inform"),
    }
)
"""Intents that what somebody in danger writes is taken for. Of all others the bot is so sure of something else ("my
grandson is crying, where is bus 27"), and what is weak is cautioned about beside its answer, too."""
MOOD, NO_SIGN = {False: (2.0, 0.8), True: (3.0, 0.9)}, 0.7
"""What is heard by no more than the first above the threshold, with no kind as likely as the second, and whose words
alone say less than `NO_SIGN` of danger (log odds of the n-grams), is a mood. By whether a service asks something."""
BODIES = frozenset({"medical", "poisoning"})
"""Kinds whose sign, where it is named, makes more than a mood of it: what somebody has swallowed sounds like nothing
else that is learnt ("a coin cell"). Of 1,200 near misses by strangers none is heard by it."""
NAMED, SOONER, LEAST_OF_NAMED = 2, 4.0, 0.02
"""Where so many signs of one case are named ("his mouth droops and he slurs"), so much less is wanted, and it is of
their kind, if an emergency would be of it at all: of 4,000 near misses and lines of services two name as many, and none
of them would."""
SURELY_SOONER = 10.0
"""And so much less where it would be of their kind as surely as for a word of caution: who books a department beside
them is heard before a booking begins. What is long past counts one sign (`desk/safety/service.py`)."""
CAUTIOUS, LEAST = 0.45, -16.0
"""Where any is named and none is heard, the answer says a word of caution: if an emergency would be of their kinds so
likely together, and no less below the threshold than this. What is long past lies lower: "he had a stroke in 2019" at
-22."""
ONE_SIGN, BODILY = -4.0, frozenset({REPORT, OUT_OF_SCOPE, FALLBACK})
"""Where one is named, it is heard from so near to the threshold on, where the words are taken for one of these: no
broken thing swallows a coin."""
PLAIN, PLAINLY = -0.5, "plain"
"""Words that by themselves say so little of danger (log odds of the n-grams), and name no sign of what is heard."""
THINGS = frozenset({"crime", "flood", "power_line", "traffic_accident", "trapped"})
"""Kinds that a report of a broken thing or a blocked door sounds like (a lid, a lamp, a pole): what is weak, and plain
in its words, is such a report. Of 918 emergencies by strangers one is (it names a sign)."""
_NO_SIGNS: Mapping[str, int] = {}
MATTERS, LIVES = frozenset({"fraud"}), frozenset({"self_harm"})
"""Kinds in which only money is in danger, and those that lead where a piece of such a message tells of them. Of others
a piece, torn from its message, mostly tells wrongly: of 111 kinds that pieces of 891 emergencies would add 11 are
right."""
DOWN, SURELY_DOWN = 0.65, 0.8
"""So likely a text tells of somebody who does not respond, does not breathe or has collapsed; and surely."""
BODY = "medical"
"""The kind that leads then: minutes kill."""
PLACES = {"fire": 0.5, "gas": 0.5, "flood": 0.5, "power_line": 0.5, "traffic_accident": 0.5}
"""But for kinds whose own danger comes first (who goes in lies beside), where they are so likely."""
CAUSES = {"child": 0.9, "poisoning": 0.9, "self_harm": 0.9, "trapped": 0.9}
"""And for those that name who it is, or why: so likely, or where nobody is surely down."""
DENIES = 0.5
"""So likely a clause says that what was answered is not so ("nobody hit her")."""
_CLAUSES = re.compile(r"[。！？!?;；,，.\n]+|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_PARTS = re.compile(r"[。！？!?;；,，.\n]+")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class EmergencyHead(Learner):
    """Sets of each message the emergency that it tells of."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`first`, `tuned`: the shares of the lines of services about which the encoders are asked. `near_weight`: how
        much more a near miss counts in training than another line."""
        return {"first": 0.15, "tuned": 0.03, "near_weight": 2.0, "inverse_regularisation": 30.0}

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__(config)
        self._space: Optional[NgramSpace] = None
        self._ngrams: Optional[LinearHead] = None
        self._first: Optional[LinearHead] = None
        self._asked = {"first": 0.0, "tuned": 0.0}
        self._heard = lru_cache(CACHED_SENTENCES)(self._hear)

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Learns both heads, and from which score on each encoder is asked."""
        told = [line for line in training_data.training_examples if line.get(KIND) is not None]
        if not any(line.get(KIND) for line in told):  # an assistant without nlu/safety/ hears none
            (folder / _LEARNT).write_text("{}", encoding="utf-8")
            return
        known = {normalised(line.get(TEXT)) for line in told if line.get(KIND)}
        services = training_data.intent_examples
        rows = encode(tuple(line.get(NORMALISED) for line in services))
        kept = np.array([line.get(NORMALISED) not in known for line in services])
        texts = [normalised(line.get(TEXT)) for line in told]
        texts += [line.get(NORMALISED) for line, keep in zip(services, kept, strict=True) if keep]
        labels = np.array([bool(line.get(KIND)) for line in told] + [False] * int(kept.sum()))
        weights = np.ones(len(labels))
        weights[: len(told)] = np.where(labels[: len(told)], 1.0, self.config["near_weight"])
        self._space, matrix = NgramSpace.fit(texts)
        vectors = np.concatenate([encode(tuple(texts[: len(told)])), rows[kept]])
        self._ngrams = fit_sparse(matrix, labels, weights, self.config["inverse_regularisation"])
        self._first = fit_dense(vectors, labels, weights)
        is_service = np.arange(len(labels)) >= len(told)
        ngrams, first = scores(self._ngrams, matrix), scores(self._first, vectors)
        self._asked = {
            "first": float(np.quantile(ngrams[is_service], 1 - self.config["first"])),
            "tuned": float(np.quantile((ngrams + first)[is_service], 1 - self.config["tuned"])),
        }
        self._save(folder)

    def _save(self, folder: Path) -> None:
        (folder / "ngrams").mkdir()
        (folder / "first").mkdir()
        self._space.save(folder / "ngrams")
        self._ngrams.save(folder / "ngrams")
        self._first.save(folder / "first")
        (folder / _LEARNT).write_text(json.dumps(self._asked), encoding="utf-8")

    def read(self, folder: Path) -> None:
        """Reads the heads, and wakes the tuned encoder, so that nobody in danger waits for it."""
        self._asked = json.loads((folder / _LEARNT).read_text(encoding="utf-8"))
        if self._asked:
            self._space, self._ngrams = NgramSpace.load(folder / "ngrams"), LinearHead.load(folder / "ngrams")
            self._first = LinearHead.load(folder / "first")
            tuned().encode("?")

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets the emergency, or None: as it was written, else as it was meant, else of a piece of it."""
        for message in messages:
            written, within = message.get(WRITTEN) or message.get(NORMALISED), _is_asked(message)
            signs = _signs(message)
            readings = dict.fromkeys((written, message.get(NORMALISED)))
            found = [self._heard(reading, 0.0, within, signs) for reading in readings]
            heard = next((one.emergency for one in found if one.emergency is not None), None)
            told = (self._heard(piece, more, within, ()).emergency for piece, more in asides(written))
            if heard is None:
                heard = next(filter(None, told), None)
            elif heard["kind"] in MATTERS or (heard[WEAK] and heard["kind"] in MOODS):
                heard = with_pieces(heard, list(filter(None, told)))
            message.set(EMERGENCY, None if heard is None else with_lives(heard, signs), add_to_output=True)
            message.set(POSSIBLE, any(one.possible for one in found), add_to_output=True)
            message.set(CAUTION, next((one.caution for one in found if one.caution), None), add_to_output=True)
            message.set(BY_SIGN, next((one.by_sign for one in found if one.by_sign), None))
        return messages

    def _hear(self, sentence: str, more: float, within: bool, signs: Tuple[Tuple[str, int], ...]) -> "Hearing":
        cheap = self.cheap(sentence, always=bool(signs)) if self._asked else None
        if cheap is None or (more and cheap[0] < SIGN):
            return Hearing(None, cheap is not None)
        read = follows_vector(sentence)
        judged = judge(read[: -len(encode((sentence,))[0])], *cheap)
        heard = decide(judged, cheap[0], more, within, dict(signs))
        caution = judged.warns_of([kind for kind, _ in signs])
        if caution is not None and heard is None and caution not in LIVES and judged.score >= ONE_SIGN:
            return Hearing(None, True, caution, by_sign(judged, caution, read))
        return Hearing(None if heard is None else led(heard, read), True, caution)

    def cheap(self, sentence: str, *, always: bool = False) -> Optional[Tuple[float, float]]:
        """Gives what n-grams and first encoder say, or None where they find that it is no emergency; `always`: even
        then what they say."""
        places, values = self._space.vector(sentence)
        ngrams = float(values @ self._ngrams.weights[places, 0] + self._ngrams.bias[0])
        if not sentence.strip() or (ngrams < self._asked["first"] and not always):
            return None
        first = float(encode((sentence,))[0] @ self._first.weights[:, 0] + self._first.bias[0])
        return (ngrams, first) if ngrams + first >= self._asked["tuned"] or always else None


class Hearing(NamedTuple):
    """What is heard in a sentence: an emergency; whether the cheap heads find one possible; a kind to warn of; and the
    emergency that it is where nothing but its sign is understood."""

    emergency: Optional[Dict[str, Any]]
    possible: bool
    caution: Optional[str] = None
    by_sign: Optional[Dict[str, Any]] = None


def _signs(message: Message) -> Tuple[Tuple[str, int], ...]:
    """Gives how many signs of a case of each kind the desk finds named."""
    said = (message.get("metadata") or {}).get("message") or {}
    return tuple(sorted((said.get("signs") or {}).items()))


def _is_asked(message: Message) -> bool:
    """Says whether a service is open and asks something, as the dialogue stated it after the last turn."""
    situation = ((message.get("metadata") or {}).get("context") or {}).get(SITUATION) or {}
    return situation.get("service") is not None and situation.get("step", "idle") != "idle"


def follows(text: str) -> Dict[str, float]:
    """Gives how likely a text, written in an emergency, goes on, ends it, or wants something else.

    Where each of its parts by itself goes on ("good, I opened the windows, and then?"), so does the whole, unless that
    surely ends it. That nothing happened is not believed where a part goes on ("my cat is inside, may I wait?") and
    nothing is denied.
    """
    whole = _follows(text)
    parts = [part for part in _PARTS.split(text) if part.strip()]
    if whole[GOES_ON] >= GOING_ON or whole["over"] >= SURELY_OVER or len(parts) < 2:
        return whole
    each = [_follows(part) for part in parts]
    more = next((one for one in each if one[GOES_ON] >= GOING_ON), None)
    if more is not None and GOING_ON <= whole["never"] < SURELY_OVER and denial(text) is None:
        return more
    return each[-1] if all(one[GOES_ON] >= GOING_ON for one in each) else whole


def _follows(text: str) -> Dict[str, float]:
    head = tuned().heads["follows"]
    return dict(zip(head.names, map(float, softmax(head.scores(follows_vector(normalised(text))))), strict=True))


def follows_vector(sentence: str) -> np.ndarray:
    """Gives what the head `follows` reads: the tuned encoder's numbers, then the first encoder's at length one."""
    first = encode((sentence,))[0]
    return np.concatenate([tuned().encode(sentence), first / np.maximum(np.linalg.norm(first), 1e-6)])


def wished_after(text: str) -> Optional[str]:
    """Gives the last part of a text, where it is a wish and all before it says that the emergency is over."""
    parts = [match for match in _PARTS.finditer(text) if text[match.end() :].strip() and text[: match.start()].strip()]
    if not parts:
        return None
    before, last = text[: parts[-1].end()], text[parts[-1].end() :]
    return last if follows(before)["over"] >= ENDED and follows(last)["wish"] >= A_WISH else None


class Judged(NamedTuple):
    """How much above the threshold all three together hear an emergency, how likely it is of each kind, the likeliest
    first, and how much of what they hear is the lower score at which shy words are heard."""

    score: float
    shares: Dict[str, float]
    sooner: float

    def warns_of(self, named: Sequence[str]) -> Optional[str]:
        """Gives the likeliest of the kinds of which a sign is named, where one is to be warned of; of life always."""
        shares = {kind: self.shares.get(kind, 0.0) for kind in named}
        lives = next((kind for kind in named if kind in LIVES), None)
        likeliest = max(shares, key=lambda kind: shares[kind], default=None)
        return likeliest if self.score >= LEAST and sum(shares.values()) >= CAUTIOUS else lives


def judge(vector: np.ndarray, ngrams: float, first: float) -> Judged:
    """Gives what the tuned encoder, n-grams and the first encoder say together."""
    encoder = tuned()
    head, settings = encoder.heads["kinds"], encoder.settings
    of_all = head.scores(vector)
    none = head.names.index(NONE)
    kinds = [name for name in head.names if name != NONE]
    each = np.delete(of_all, none)
    score = float(np.logaddexp.reduce(each) - of_all[none]) + settings["ngrams"] * ngrams + settings["use"] * first
    likely = softmax(each)
    shares = {kinds[place]: float(likely[place]) for place in np.argsort(-likely)}
    sooner = settings["sooner_by"] if next(iter(shares)) in encoder.sooner else 0.0
    return Judged(score - settings["threshold"] + sooner, shares, sooner)


def decide(
    judged: Judged, ngrams: float, more: float = 0.0, within: bool = False, signs: Mapping[str, int] = _NO_SIGNS
) -> Optional[Dict[str, Any]]:
    """Gives the emergency that is heard, or None; `more`: so much more than ever must be heard; `within`: a service
    asks something; `signs`: how many of a case are named, by kind."""
    shares = judged.shares
    surely = [kind for kind, count in signs.items() if count >= NAMED and shares.get(kind, 0.0) >= LEAST_OF_NAMED]
    named = max(surely, key=lambda kind: shares[kind], default=None)
    sooner = 0.0 if named is None else SURELY_SOONER if shares[named] >= CAUTIOUS else SOONER
    score = judged.score - more + sooner
    if score < 0:
        return None
    likeliest = named or next(iter(shares))
    above, share = MOOD[within]
    if not named and score < above and ngrams < NO_SIGN and shares[likeliest] < share:
        named = likeliest = max(sorted(BODIES & signs.keys()), key=lambda kind: shares.get(kind, 0.0), default=None)
        if named is None:
            return None
    kind = likeliest if named or shares[likeliest] >= UNCLEAR else HELP
    also = [name for name in shares if name != kind and shares[name] >= ALSO]
    confidence = float(expit(score) / 2 + 0.5)
    weak = not named and judged.score < DOUBTFUL
    bare = weak and kind not in signs and judged.score < BARELY
    found = {"kind": kind, "also": also[:2], "confidence": round(confidence, 4), WEAK: weak, SHARES: shares}
    return {**found, PLAINLY: ngrams < PLAIN and kind not in signs, BARE: bare}


def by_sign(judged: Judged, kind: str, read: np.ndarray) -> Dict[str, Any]:
    """Gives the emergency of which one sign is named, if nothing else is understood."""
    found = {
        "kind": kind,
        "also": [],
        "confidence": 0.5,
        WEAK: False,
        PLAINLY: False,
        BARE: False,
        SHARES: judged.shares,
    }
    return led(found, read)


def with_pieces(heard: Dict[str, Any], pieces: Sequence[Dict[str, Any]]) -> Dict[str, Any]:
    """Gives what was heard, with what pieces of the message tell of.

    Where only money is in danger and a piece tells of life, that leads, the other beside it. A mood that is weak as a
    whole is clear where a piece of it tells clearly of the same ("I do not want to live, really, for days now").
    """
    grave = next((one for one in pieces if one["kind"] in LIVES), None) if heard["kind"] in MATTERS else None
    if grave is not None:
        return {**grave, "also": [heard["kind"]]}
    clear = next((one for one in pieces if one["kind"] == heard["kind"] and not one[WEAK]), None)
    return heard if clear is None else {**heard, **clear}


def with_lives(heard: Dict[str, Any], signs: Sequence[Tuple[str, int]]) -> Dict[str, Any]:
    """Gives what was heard; where only money is in danger, with whom to call for the life of which a sign is named."""
    lives = [kind for kind, _ in signs if kind in LIVES] if heard["kind"] in MATTERS else []
    return {**heard, "also": [*dict.fromkeys([*lives, *heard["also"]])]}


def led(heard: Dict[str, Any], read: np.ndarray) -> Dict[str, Any]:
    """Gives what was heard, with whether somebody is down: then the body leads, and what words of family or blows
    suggest is named beside it. `read`: what the head `down` reads."""
    shares = heard.pop(SHARES)
    down, kind = _likely("down", read), heard["kind"]
    if _leads(down, kind, shares):
        heard = {
            **heard,
            "kind": BODY,
            "also": [name for name in (kind, *heard["also"]) if name not in (BODY, HELP)][:2],
        }
    return {**heard, "down": down >= DOWN}


def _leads(down: float, kind: str, shares: Dict[str, float]) -> bool:
    """Says whether the body goes before the kind that words suggest. `down`: so likely somebody is."""
    share = shares.get(kind, 0.0)
    if kind in CAUSES:
        return down >= SURELY_DOWN and share < CAUSES[kind]
    return down >= DOWN and share < PLACES.get(kind, 2.0)


def denial(text: str) -> Optional[Dict[str, Any]]:
    """Gives what a text leaves, where a part of it says that what was answered is not so, or None.

    `rest` is what the other parts say, `kinds` how likely each kind is by the rest, by itself.
    """
    parts = [part for part in _CLAUSES.split(text) if part.strip()]
    denied = [_likely("denies", follows_vector(normalised(part))) >= DENIES for part in parts]
    if not any(denied):
        return None
    rest = " ".join(part for part, is_denied in zip(parts, denied, strict=True) if not is_denied)
    return {"rest": rest, "kinds": kinds_of(rest) if rest else {}}


def kinds_of(text: str) -> Dict[str, float]:
    """Gives how likely each kind is, if a text is of an emergency at all; the body where somebody is down."""
    read = follows_vector(normalised(text))
    head = tuned().heads["kinds"]
    none = head.names.index(NONE)
    likely = softmax(np.delete(head.scores(tuned().encode(normalised(text))), none))
    shares = dict(zip((name for name in head.names if name != NONE), map(float, likely), strict=True))
    first = max(shares, key=lambda name: shares[name])
    leads = _leads(_likely("down", read), first, shares)
    return {**dict.fromkeys(shares, 0.0), BODY: 1.0} if leads else shares


def _likely(head: str, read: np.ndarray) -> float:
    return float(expit(tuned().heads[head].scores(read)[0]))


def settled(heard: Dict[str, Any], intent: str, confidence: float) -> Tuple[Optional[Dict[str, Any]], Optional[str]]:
    """Gives the emergency, or None where it is weak and other evidence speaks against it; and a kind to warn of then.

    Nothing is against somebody who is down. A courtesy is answered as one, without a warning.
    """
    sure = {name: value for name, value in heard.items() if name not in (WEAK, PLAINLY, BARE)}
    if not heard[WEAK] or heard.get("down"):
        return sure, None
    if intent in COURTESIES and confidence >= SURE_OF_A_COURTESY:
        return None, None
    thing = heard["kind"] in THINGS and intent == REPORT and confidence >= ELSEWHERE
    if heard[PLAINLY] and (thing or heard["kind"] in MATTERS):
        return None, heard["kind"]
    elsewhere = confidence >= ELSEWHERE and intent not in NEAR_DANGER
    if heard[BARE] and heard["kind"] in LONELY and elsewhere:
        return None, None
    mood = heard["kind"] in MOODS and not (intent == OUT_OF_SCOPE and confidence >= ELSEWHERE)
    away = heard[BARE] and heard["kind"] in LONELY - MOODS
    return (None, heard["kind"]) if elsewhere or mood or away else (sure, None)


def fit_sparse(inputs: Any, labels: np.ndarray, weights: np.ndarray, inverse_regularisation: float) -> LinearHead:
    """Fits the head on n-grams: one column, the log odds of an emergency."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(
        C=inverse_regularisation, solver="liblinear", dual=True, max_iter=60, tol=0.1, random_state=7
    )
    return _as_head(model.fit(inputs, labels, sample_weight=weights), np.ones(inputs.shape[1]), 0.0)


def fit_dense(inputs: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> LinearHead:
    """Fits the head on the first encoder's numbers, likewise."""
    from sklearn.linear_model import LogisticRegression

    mean, size = inputs.mean(axis=0), 1 / (inputs.std(axis=0) + 1e-6)
    model = LogisticRegression(C=0.003, max_iter=200).fit((inputs - mean) * size, labels, sample_weight=weights)
    return _as_head(model, size, -float(mean * size @ model.coef_[0]))


def _as_head(model: Any, size: np.ndarray, shift: float) -> LinearHead:
    column = np.ascontiguousarray((model.coef_[0] * size)[:, None], np.float32)
    return LinearHead(["emergency"], column, np.array([model.intercept_[0] + shift], np.float32))


def scores(head: LinearHead, inputs: Any) -> np.ndarray:
    """Gives the score of each row."""
    return np.asarray(inputs @ head.weights)[:, 0] + head.bias[0]
