// What the page shows, made of events and of what the resident says. Knows nothing of the network.

const ANSWERS = /^\/(affirm|deny|choose|inform|correct|cancel|go_back)\b/;

function rowOf(message, texts) {
  const cards = message.cards.map((card) => ({ ...card, pay: card.payment && card.payment.status === "open" ? texts.payment_pay : "", status: card.payment ? texts[`payment_${card.payment.status}`] || "" : "" }));
  return { id: `said-${message.id}`, mine: false, clerk: message.author === "clerk" ? texts.clerk : "", text: message.text, image: message.image || null, buttons: message.buttons, cards, state: "" };
}

function mine(message, texts) {
  return { id: message.id, mine: true, clerk: "", text: message.label || texts.file_sent, buttons: [], cards: [], state: texts.sending };
}

// Buttons that answer one question are gone once the resident has said something else.
function usedUp(rows) {
  const left = (buttons) => buttons.filter(({ payload }) => !ANSWERS.test(payload));
  return rows.map((row) => ({ ...row, buttons: left(row.buttons), cards: row.cards.map((card) => ({ ...card, buttons: left(card.buttons) })) }));
}

// An order has changed: every card of it says how it stands.
function paid(rows, payment, texts) {
  const changed = (card) => (card.payment && card.payment.order === payment.order
    ? { ...card, payment, pay: payment.status === "open" ? texts.payment_pay : "", status: texts[`payment_${payment.status}`] || "" }
    : card);
  return rows.map((row) => ({ ...row, cards: row.cards.map(changed) }));
}

// `of` is the desk's id of a message that it has taken in.
function marked(rows, id, state, of) {
  return rows.map((row) => (row.id === id ? { ...row, state, of } : row));
}

// The resident's own words, once they are answered, as the desk has them shown: numbers that were taken are masked.
function rewritten(rows, { in_reply_to: id, shown }) {
  return shown ? rows.map((row) => (row.mine && row.of === id ? { ...row, text: shown } : row)) : rows;
}

module.exports = { rowOf, mine, usedUp, paid, marked, rewritten };
