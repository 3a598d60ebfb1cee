"""What tables and columns hold, in the database itself: `docs/reference/tables.md` is made of it."""

from collections.abc import Sequence

from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

TABLES = {
    "access_tokens": (
        "A token that opens a conversation for a while: of a web session, or of one time that a resident came in."
    ),
    "account_watches": (
        "What is known of an account by asking its platform: where it was looked last, and how its credentials stand."
    ),
    "agencies": ("An office of a city that speaks through accounts and answers tickets. Written from `cities/*.yml`."),
    "announcement_deliveries": "An announcement that was said in a conversation: each once.",
    "announcements": (
        "Something that an agency made known. `titles` and `texts` are names as data have them, by language."
    ),
    "attempt_warnings": (
        "What is still to be said to an owner: that somebody guessed at what is theirs. Said, the row is gone."
    ),
    "attempts": (
        "Something that counts: a wrong proof, a code that was asked for, a booking that was summed up. Kept for a day."
    ),
    "bill_days": "A day whose bill was compared with our orders, as it was the last time.",
    "cases": (
        "An appointment, an application or a report. `private` holds what is about a person, "
        "sealed. `frame` is the case's name in its conversation (`CaseNote.case`). "
        "`reference_hash` finds a case by the agency's number, `code_hash` by the address of its "
        "calendar page."
    ),
    "certificates": ("Who a platform says that the resident of a conversation is. `sealed` holds name and id number."),
    "channel_accounts": (
        "An agency's account on one channel: what residents write to. `slug` is unique everywhere, and stays."
    ),
    "channel_events": (
        "Something that happened on a platform and is no message: an edit, a coming or leaving, a mention."
    ),
    "channel_files": "A file that a resident sent and that is still to be loaded; its message waits until then.",
    "consents": (
        "An answer to a question for personal data, after its notice. Appended, never changed; "
        "holds no value. It outlives its conversation as a receipt: `session` is a keyed hash, by "
        "which whoever has the session's id can show that it is theirs, and which leads to nobody."
    ),
    "conversation_counters": (
        "The last `seq` of a conversation, taken at the end of each writing transaction: its order is that of commits."
    ),
    "conversation_keys": (
        "The key that seals what is kept of a conversation, wrapped. What it sealed cannot be read once it is dropped."
    ),
    "conversations": (
        "One resident talking with one account. Its row lock is the lease and the fence of a turn. "
        "Intake never updates this row: only turns, clerks and erasing do, under its lock."
    ),
    "deliveries": (
        "The sending of one message of a conversation's stream, written in the transaction that "
        "wrote the message. `sending` is written before the platform is called: it is the fence. "
        "What still stands there when its lease is over was in the hands of somebody who died, and "
        "becomes `unknown`."
    ),
    "dialogue_states": "What the bot remembers of a conversation, and the payloads that were offered in it.",
    "emergencies": (
        "One emergency of a conversation, from the message that told of it until it is over. At most one is open."
    ),
    "inbound_messages": "A message from a resident. `answered_at` is the truth about whether it was answered.",
    "link_codes": (
        "A code that was shown in a conversation and is to be typed in another; one at a time, for some minutes."
    ),
    "link_news": (
        "What is still to be said in another conversation: that a channel was linked or parted. Said, the row is gone."
    ),
    "linked_conversations": "A conversation that belongs to such a resident.",
    "linked_persons": (
        "A resident of several channels: the city and the language that all their conversations follow."
    ),
    "media_files": "A file that a resident sent.",
    "openings": ("That somebody read what a conversation holds: who, when, why; never what. Appended, never changed."),
    "order_events": "What happened to an order, appended and never changed.",
    "order_items": (
        "One thing an order pays for. `reference_hash` finds orders of the same thing; the reference itself is sealed."
    ),
    "orders": (
        "What is to be paid once. Outlives its conversation: it is an account of money. `private` "
        "holds what is about a person (items, subject), sealed; nothing in it is needed to move "
        "money."
    ),
    "outbound_messages": "One event of a conversation's stream, and its delivery where a channel must send it.",
    "payment_differences": "Something in which a day's bill and our orders do not agree.",
    "payment_notifications": "A verified notification of the gateway; each once, however often it came.",
    "plain_conversations": "A conversation of before data were sealed, of which something is still plain.",
    "proofs": (
        "That a conversation has proved a subject: strangers who guess at it do not stop it, and it is told of them."
    ),
    "public_posts": (
        "An announcement said by an account on its platform: to everybody, or a part of those who "
        "subscribed there. `sending` is written before the platform is called: what still stands "
        "there when its job is done again was in the hands of somebody who died, and becomes "
        "`unknown`. It is never sent twice."
    ),
    "receipts": "One for each booked order.",
    "refunds": ("Money on its way back. Its id is the gateway's request number: one request is carried out once."),
    "remembered_values": "Values that a resident wanted kept for a service (a household's account number), sealed.",
    "reservations": "That something is open for a telephone, an id or a caller: summed up, or made and not over.",
    "residents": ("A person as one channel account knows them. `external_id` is the channel's name for them, hashed."),
    "subscriptions": "A conversation that wants to hear of a topic. `district` is empty for the whole city.",
    "tickets": (
        "A conversation in a person's hands, or a matter that a person must settle beside it. A "
        "conversation has at most one ticket that is open or claimed, besides those of matters: "
        "these hold nobody up until they are claimed. Of one matter there is one ticket, ever; it "
        "outlives what the resident erases."
    ),
    "used_entries": (
        "A word of an entry that was used: it is good for nothing any more. Kept until the entry would be over anyway."
    ),
    "used_signatures": (
        "A platform's signature that does not cover what it brings: good for the one body that it came with first."
    ),
    "voice_stops": (
        "A time in which the bot said nothing, of everything, a city or an account. Rows are never "
        "changed but to end. `subject` is the slug of the city or account, empty for everything. "
        "What is not ended holds."
    ),
    "wished_codes": (
        "A one-time code that is still to be sent; sent or given up, the row is gone. `private` "
        "says for whom, sealed by the conversation's key."
    ),
}
COLUMNS = {
    "access_tokens": {
        "hash": "SHA-256",
    },
    "account_watches": {
        "since": "The channel's own",
    },
    "agencies": {
        "names": '{"zh_Hans": …, "en": …}',
    },
    "announcements": {
        "district": "Null: the whole city",
        "until": "When it is out of date",
    },
    "attempts": {
        "key": "Of what is counted",
        "about": "Of what it was about, where different ones count",
    },
    "bill_days": {
        "payments": "Lines of the bill",
    },
    "cases": {
        "kind": "appointment | application | report",
        "private": "`Private`",
        "revision": "Grows with each change",
        "look_at": "When the agency is asked next; null: not any more",
        "known_at": "When the agency said so last, changed or not",
    },
    "certificates": {
        "issuer": "The channel",
    },
    "channel_accounts": {
        "platform_id": "What the platform calls it; public",
        "base_url": "Of the platform, where it is not the usual one",
        "secrets": "Sealed JSON of the channel's `Secrets`",
        "secrets_before": "Those that were replaced at `rotated_at`: good for a while longer",
        "state": "active | paused | stopped",
        "reason": "Why it is not active",
        "probe_at": "Paused by an outage: when one message is tried",
        "rate": "Calls a second, where they are fewer than the channel's",
    },
    "channel_events": {
        "external_id": "A keyed hash of the platform's",
        "kind": "edited | came | left | mentioned | erased",
        "outcome": "Of a mention: sending | sent | …",
    },
    "channel_files": {
        "reference": "The platform's",
    },
    "consents": {
        "session": "Null: of an older version, until it is erased",
        "purpose": "Key of the text that said why",
        "parted_at": "When its conversation was erased or forgotten",
    },
    "conversation_keys": {
        "generation": "Grows with each erasure",
        "master": "The name of the master key that wraps it",
    },
    "conversations": {
        "city": "Whose services are used; the account's at first, another once the resident has moved",
        "manner": "`Manner`",
        "pushes": "What is sent: `pushes`",
    },
    "deliveries": {
        "lane": "0 replies | 1 bulk",
        "state": "`states`",
        "pieces": "That were sent",
        "attempt": "The fence of whoever has it in hand",
        "uncertain": "Of a piece that was sent nothing is known",
    },
    "dialogue_states": {
        "situation": "`Situation`, as the dialogue stated it last",
    },
    "emergencies": {
        "kind": "A folder of nlu/safety: the one told of last",
        "kinds": "All that were told of, in order",
        "beside": "Kinds that were nearly as likely",
        "steps": "<kind>:<place>, as they were said",
        "told_by": "The message that told of it first",
        "kept": "Messages that are a place or a file",
        "said": "Answers given: chooses the next one",
        "ended_as": "over | wish | silence | none",
    },
    "inbound_messages": {
        "external_id": "The channel's id of the message; on the web session + client_msg_id",
        "kind": "text | payload | location | media",
        "body": ('The field that `kind` names: {"text": …} | {"payload": …} | {"location": …} | {"media": …}'),
        "tries": "Answers of the bot that were errors",
        "interruptions": "Broken connections in mid-turn",
        "waits": "Times the bot could not be reached: no tries",
        "caller": "The address that it came from, hashed: desk.attempts",
        "wished": "A payload that was not offered, and yet may be used",
        "outcome": "`Outcome`, or `erased`: an empty row that keeps its id",
        "understanding": "The bot's nlu, for trainers",
    },
    "link_codes": {
        "code_hash": "Keyed",
        "claimed_by": "Where it was typed, and a yes is awaited",
    },
    "link_news": {
        "what": "joined | parted",
    },
    "openings": {
        "conversation_id": "No foreign key: it outlives the conversation",
        "purpose": "`Purpose`",
    },
    "order_events": {
        "happening": "`OrderEvent`",
        "status": "After it",
        "source": "turn | notification | query | bill | job | clerk | erasure | reset",
    },
    "order_items": {
        "place": "In the order of the sealed items",
        "outcome": "booked | refused",
        "code": "Why the agency refused it",
    },
    "orders": {
        "status": "`State`",
        "trade_no": "The gateway's",
        "qr_code": "What the QR code says, once the gateway made one",
        "may_be_booked": "The agency may have acted without saying so",
    },
    "outbound_messages": {
        "type": "message | turn_done | ticket | payment | city | manner",
        "body": "The event without seq and type, as the web chat API shows it",
        "in_reply_to": "An inbound message; no foreign key, which would cost each deletion a scan",
    },
    "payment_differences": {
        "kind": "`Kind`",
        "order_number": "As the bill has it; perhaps none of ours",
        "refund": "Request number; else empty",
    },
    "payment_notifications": {
        "out_biz_no": "Of a refund; else empty",
        "kind": "Notify_type",
    },
    "proofs": {
        "is_person": "By a code to a person's telephone",
    },
    "public_posts": {
        "kind": "post | mass",
        "beyond": "The resident after whom this part begins; zero for a post and the first part",
        "state": "waiting | sending | sent | rejected | unknown",
        "residents": "How many a part was for",
    },
    "refunds": {
        "id": "Order number, hyphen, counter",
        "reason": "not_taken | not_reached | clerk | rule",
        "status": "pending | done | refused",
        "code": "Why the gateway refused it",
    },
    "remembered_values": {
        "values_hash": "The same values are kept once",
    },
    "residents": {
        "address": "The channel's name for them, sealed: needed to send",
        "person": "The same name, hashed alike for all accounts of a channel",
        "state": "reachable | left",
        "state_at": "When that came about, by the platform's clock",
        "heard_at": "When they last did anything, by the platform's clock",
    },
    "tickets": {
        "id": "Short references from the first",
        "conversation_id": "Null: of a matter whose resident had everything erased",
        "state": "open | claimed | handed_back | closed | withdrawn",
        "opened_by": "resident | bot | system",
        "reason": "asked | not_understood | anger | failed | refund | voice_stopped, or the kind of a matter",
        "matter": "What must be settled, as its room names it: kind, colon, number",
        "reminded_at": "When the resident was told again where in the queue they stand",
        "priority": "Higher ones come first: 1 is an emergency",
        "notices": "Short notices given while it waited",
    },
    "used_entries": {
        "word": "SHA-256",
    },
    "used_signatures": {
        "word": "SHA-256",
        "body": "Likewise",
    },
    "voice_stops": {
        "scope": "everything | city | account",
    },
}


def upgrade() -> None:
    for table, said in TABLES.items():
        op.create_table_comment(table, said)
    for table, columns in COLUMNS.items():
        for column, said in columns.items():
            op.execute(f"COMMENT ON COLUMN {table}.{column} IS {_quoted(said)}")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table_comment(table)
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"COMMENT ON COLUMN {table}.{column} IS NULL")


def _quoted(said: str) -> str:
    return "'" + said.replace("'", "''") + "'"
