/* grid.c - rules with choices: --long "rsi({7,14,21}) < {20..40..5}" stands for 15 rules.

   {a,b,c} are texts, {5..50..5} numbers from 5 to 50 in steps of 5; {n:7,14} has a name, and {n} means the same choice again. The more
   rules are tried on the same bars, the better the best of them looks without being so. So the best is never shown alone: with it stand the
   Sharpe ratio that the best of as many useless rules would reach (Bailey and Lopez de Prado 2014), and how often the best of one half of
   the bars is worse than the median in the other half (Bailey and others 2017). */
#include "grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int wrong(const options *o, int k, size_t at, const char *what) {
    static const char *const names[EXPRESSIONS] = {"long", "short", "exit-long", "exit-short"};
    return tool_fail(o, TOOL_USAGE, "--%s, column %d: %s", names[k], (int)at + 1, what);
}

static int add_value(grid_parameter *p, const char *text, size_t length) {
    char **values = (char **)realloc(p->values, (size_t)(p->count + 1) * sizeof *values), *copy;
    if (!values) return 0;
    p->values = values;
    copy = (char *)malloc(length + 1);
    if (!copy) return 0;
    memcpy(copy, text, length);
    copy[length] = 0;
    values[p->count++] = copy;
    return 1;
}

/* lo..hi or lo..hi..step into numbers: 1 done, 0 it is no range, -1 wrong. */
static int add_range(grid_parameter *p, const char *text, size_t length) {
    double number[3] = {0, 0, 1};
    char part[64], shown[32];
    const char *dots = strstr(text, "..");
    int count = 0, i, steps;
    size_t at = 0;
    if (!dots || dots >= text + length) return 0;
    while (at <= length && count < 3) {
        size_t end = at;
        while (end < length && !(text[end] == '.' && end + 1 < length && text[end + 1] == '.')) end++;
        if (end == at || end - at >= sizeof part) return -1;
        memcpy(part, text + at, end - at);
        part[end - at] = 0;
        if (!lstmfc_parse_double(part, end - at, &number[count++])) return -1;
        at = end + 2;
    }
    if (count < 2 || at < length || !(number[2] > 0) || number[1] < number[0] || (number[1] - number[0]) / number[2] > GRID_MOST) return -1;
    steps = (int)((number[1] - number[0]) / number[2] + 1e-9);
    for (i = 0; i <= steps; i++) {
        snprintf(shown, sizeof shown, "%.10g", number[0] + i * number[2]);
        if (!add_value(p, shown, strlen(shown))) return -1;
    }
    return 1;
}

static grid_parameter *named(grid *g, const char *name, size_t length) {
    int i;
    for (i = 0; i < g->parameter_count; i++)
        if (*g->parameters[i].name && strlen(g->parameters[i].name) == length && memcmp(g->parameters[i].name, name, length) == 0) return &g->parameters[i];
    return NULL;
}

static int is_name(const char *text, size_t length) {
    size_t i;
    if (!length || length >= sizeof ((grid_parameter *)0)->name) return 0;
    for (i = 0; i < length; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') || text[i] == '_' || (i && text[i] >= '0' && text[i] <= '9'))) return 0;
    return 1;
}

/* One pair of braces, text[at] is the first: its choices become a parameter, unless it is {name} of one that is there. */
static int parse_choice(const options *o, grid *g, int k, size_t at, size_t length) {
    const char *inside = g->text[k] + at + 1, *colon = (const char *)memchr(inside, ':', length);
    size_t from = 0, end;
    grid_parameter *p;
    int range, i, j;
    if (!colon && is_name(inside, length) && (p = named(g, inside, length)) != NULL) {
        g->mentions[k] |= 1u << (p - g->parameters);
        return -1;
    }
    if (g->parameter_count == GRID_PARAMETERS) return wrong(o, k, at, "more than 12 choices in all");
    p = &g->parameters[g->parameter_count];
    if (colon) {
        size_t name = (size_t)(colon - inside);
        if (!is_name(inside, name)) return wrong(o, k, at, "a choice is named by small letters, digits and _: {name:1,2}");
        if (named(g, inside, name)) return wrong(o, k, at, "this name has its choices already: {name} means them again");
        memcpy(p->name, inside, name);
        from = name + 1;
    }
    g->mentions[k] |= 1u << g->parameter_count++;
    range = add_range(p, inside + from, length - from);
    if (range < 0) return wrong(o, k, at, "a range is {from..to} or {from..to..step}, upwards");
    for (; !range && from <= length; from = end + 1) {
        for (end = from; end < length && inside[end] != ','; end++) {}
        if (end == from) return wrong(o, k, at, "an empty choice");
        if (!add_value(p, inside + from, end - from)) return tool_fail(o, TOOL_FAILURE, "out of memory");
    }
    for (i = 1; i < p->count; i++)
        for (j = 0; j < i; j++) if (!strcmp(p->values[i], p->values[j])) return wrong(o, k, at, "the same choice twice");
    if (p->count < 2) return wrong(o, k, at, *p->name ? "a choice of one" : "a choice of one, or a name that no choice before it has");
    return -1;
}

int grid_parse(const options *o, const char *const text[EXPRESSIONS], grid *g) {
    int k, i, code = -1;
    memset(g, 0, sizeof *g);
    memcpy(g->text, text, sizeof g->text);
    for (k = 0; k < EXPRESSIONS; k++) {
        const char *s = text[k] ? text[k] : "";
        size_t at, end;
        g->first[k] = g->parameter_count;
        for (at = 0; s[at] && code == -1; at++) {
            if (s[at] == '}') code = wrong(o, k, at, "a '}' without its '{'");
            if (s[at] != '{') continue;
            for (end = at + 1; s[end] && s[end] != '}' && s[end] != '{'; end++) {}
            if (s[end] != '}') code = wrong(o, k, at, "a '{' without its '}'");
            else code = parse_choice(o, g, k, at, end - at - 1);
            at = end;
            if (!s[at]) break;
        }
    }
    for (g->count = g->parameter_count > 0, i = 0; i < g->parameter_count && code == -1; i++) {
        g->count *= g->parameters[i].count;
        if (g->count > GRID_MOST) code = tool_fail(o, TOOL_USAGE, "the choices make more than %d rule sets", GRID_MOST);
    }
    if (code != -1) grid_free(g);
    return code;
}

void grid_free(grid *g) {
    int i, k;
    for (i = 0; i < g->parameter_count; i++) {
        for (k = 0; k < g->parameters[i].count; k++) free(g->parameters[i].values[k]);
        free(g->parameters[i].values);
    }
    for (k = 0; k < EXPRESSIONS; k++) free(g->expanded[k]);
    free(g->rows);
    memset(g, 0, sizeof *g);
}

const char *grid_value(const grid *g, int64_t combination, int parameter) {
    int i;
    for (i = g->parameter_count - 1; i > parameter; i--) combination /= g->parameters[i].count;
    return g->parameters[parameter].values[combination % g->parameters[parameter].count];
}

/* The template with the values of a combination, to be freed. */
static char *expand(const grid *g, int64_t combination, int k) {
    const char *s = g->text[k] ? g->text[k] : "";
    size_t room = strlen(s) + 1, n = 0;
    char *out;
    int i, next = g->first[k];
    for (i = 0; i < g->parameter_count; i++) room += 64 + strlen(grid_value(g, combination, i)) * (strlen(s) / 2 + 1);
    out = (char *)malloc(room);
    if (!out) return NULL;
    for (; *s; s++) {
        size_t length;
        const char *colon, *value = NULL;
        if (*s != '{') { out[n++] = *s; continue; }
        length = strcspn(s + 1, "}");
        colon = (const char *)memchr(s + 1, ':', length);
        if (!colon) for (i = 0; i < next; i++)          /* {name} of an earlier one */
            if (*g->parameters[i].name && strlen(g->parameters[i].name) == length && memcmp(g->parameters[i].name, s + 1, length) == 0)
                value = grid_value(g, combination, i);
        if (!value) value = grid_value(g, combination, next++);
        memcpy(out + n, value, strlen(value));
        n += strlen(value);
        s += length + 1;
    }
    out[n] = 0;
    return out;
}

int grid_expand(const options *o, const grid *g, int64_t combination, char *out[EXPRESSIONS]) {
    int k;
    for (k = 0; k < EXPRESSIONS; k++)
        if (!(out[k] = expand(g, combination, k))) return tool_fail(o, TOOL_FAILURE, "out of memory");
    return TOOL_OK;
}

/* ---- what they want ---------------------------------------------------------------------------------------------- */

enum { SAID_BYTES = 1 << 28 };

/* Which of the texts that a template makes: only the choices in it count. parameter -1: how many there are. */
static int64_t text_of(const grid *g, int k, int64_t combination) {
    int64_t index = 0, each = 1;
    int i;
    for (i = g->parameter_count; i-- > 0; ) {
        int value = (int)(combination % g->parameters[i].count);
        combination /= g->parameters[i].count;
        if (!(g->mentions[k] >> i & 1)) continue;
        index += each * value;
        each *= g->parameters[i].count;
    }
    return index;
}

static int begin(const options *o, grid_wants *w) {
    size_t rows = w->bars.first + w->bars.count;
    int k, code, side;
    w->nothing = (unsigned char *)calloc(rows + 1, 1);
    w->said = (expressions_said *)calloc((size_t)w->g->count * EXPRESSIONS, sizeof *w->said);
    for (k = 0; k < EXPRESSIONS; k++) {
        if (!w->g->text[k] || !*w->g->text[k]) continue;
        w->asked |= 1 << k;
        w->slot[k] = (int32_t *)malloc((size_t)w->g->count * sizeof **w->slot);
        if (!w->slot[k]) return tool_fail(o, TOOL_FAILURE, "out of memory");
    }
    for (side = 0; side < 3; side++)
        for (code = 0; code < 256; code++) {
            int said[EXPRESSIONS], after;
            for (k = 0; k < EXPRESSIONS; k++) said[k] = code >> (2 * k) & 3;
            after = expressions_side(side == 2 ? -1 : side, w->asked, said);
            w->next[side][code] = (unsigned char)(after < 0 ? 2 : after);
        }
    return w->nothing && w->said ? TOOL_OK : tool_fail(o, TOOL_FAILURE, "out of memory");
}

static void forget(grid_wants *w) {
    size_t i;
    for (i = 0; i < w->count; i++) { free((void *)w->said[i].text); free(w->said[i].said); }
    w->count = 0;
}

int grid_next(const options *o, grid_wants *w) {
    size_t rows = w->bars.first + w->bars.count;
    int code = w->nothing ? TOOL_OK : begin(o, w), k, full = 0;
    int64_t i;
    forget(w);
    w->from = w->to;
    for (k = 0; k < EXPRESSIONS && code == TOOL_OK; k++)
        for (i = 0; w->slot[k] && i < w->g->count; i++) w->slot[k][i] = -1;
    while (code == TOOL_OK && w->to < w->g->count && !full) {
        size_t more = 0;
        for (k = 0; k < EXPRESSIONS; k++) more += w->slot[k] && w->slot[k][text_of(w->g, k, w->to)] < 0;
        full = w->to > w->from && (w->count + more) * (rows + 1) > SAID_BYTES;
        for (k = 0; k < EXPRESSIONS && !full && code == TOOL_OK; k++) {
            int64_t text = text_of(w->g, k, w->to);
            expressions_said *s = &w->said[w->count];
            if (!w->slot[k] || w->slot[k][text] >= 0) continue;
            s->flag = k;
            s->text = expand(w->g, w->to, k);
            s->said = (unsigned char *)malloc(rows + 1);
            w->slot[k][text] = (int32_t)w->count++;
            if (!s->text || !s->said) code = tool_fail(o, TOOL_FAILURE, "out of memory");
        }
        w->to += !full;
    }
    if (code == TOOL_OK && w->count) code = expressions_say(o, &w->bars, w->said, w->count);
    return code;
}

void grid_end(grid_wants *w) {
    int k;
    forget(w);
    for (k = 0; k < EXPRESSIONS; k++) free(w->slot[k]);
    free(w->said);
    free(w->nothing);
    memset(w, 0, sizeof *w);
}

void grid_targets(void *span, size_t index, double *targets) {
    const grid_span *s = (const grid_span *)span;
    const grid_wants *w = s->wants;
    static const double wanted[3] = {0, 1, -1};
    const unsigned char *of[EXPRESSIONS];
    unsigned char side = 0;
    size_t t;
    int k;
    for (k = 0; k < EXPRESSIONS; k++)
        of[k] = w->slot[k] ? w->said[w->slot[k][text_of(w->g, k, w->from + (int64_t)index)]].said : w->nothing;
    for (t = w->bars.first; t < s->first; t++) side = w->next[side][of[0][t] | of[1][t] << 2 | of[2][t] << 4 | of[3][t] << 6];
    for (; t < s->first + s->count; t++) {
        side = w->next[side][of[0][t] | of[1][t] << 2 | of[2][t] << 4 | of[3][t] << 6];
        targets[t - s->first] = wanted[side];
    }
}

/* ---- all of them on the same bars -------------------------------------------------------------------------------- */

/* The returns [count - 1] of the best. */
static int returns_of(const options *o, const grid *g, const expressions_bars *bars, const lstmfc_candles *part, const lstmfc_backtest_desc *costs,
                      double *returns) {
    double *targets = (double *)malloc((part->count + 1) * sizeof *targets);
    lstmfc_backtest *b = NULL;
    lstmfc_error err = {0};
    expressions x;
    size_t t;
    int k, code;
    memset(&x, 0, sizeof x);
    for (k = 0; k < EXPRESSIONS; k++) x.text[k] = g->expanded[k];
    code = targets ? expressions_targets(o, &x, bars, targets) : tool_fail(o, TOOL_FAILURE, "out of memory");
    if (code == TOOL_OK && !(b = lstmfc_backtest_start(part, targets, part->count, costs, &err))) code = tool_fail_error(o, &err);
    for (t = 1; b && t < part->count; t++) {            /* nothing is filled before the open of bar 1 */
        double before = t > 1 ? b->equity[t - 1] : b->desc.balance;
        returns[t - 1] = before > 0 ? b->equity[t] / before - 1 : 0;        /* a ruined account stands still */
    }
    lstmfc_backtest_free(b);
    free(targets);
    return code;
}

/* Sharpe ratio per bar, 0 where nothing varies */
static double ratio_of(const lstmfc_sweep_row *row) { return lstmfc_is_nan(row->sharpe) ? 0 : row->sharpe / lstmfc_sqrt(row->annual); }

int grid_run(const options *o, grid *g, const expressions_bars *bars, const lstmfc_candles *part, const lstmfc_backtest_desc *costs) {
    size_t n = part->count;
    double *returns = (double *)malloc((n + 1) * sizeof *returns);
    lstmfc_moments *moments = (lstmfc_moments *)calloc((size_t)g->count * GRID_BLOCKS, sizeof *moments), spread = {0, 0, 0};
    lstmfc_backtest_desc desc = *costs;
    lstmfc_error err = {0};
    grid_wants wants;
    grid_span span;
    int64_t i;
    int code = TOOL_OK;
    memset(&wants, 0, sizeof wants);
    wants.g = g; wants.bars = *bars;
    span.wants = &wants; span.first = bars->first; span.count = n;
    desc.env = tool_env();
    g->rows = (lstmfc_sweep_row *)calloc((size_t)g->count, sizeof *g->rows);
    if (!returns || !moments || !g->rows) code = tool_fail(o, TOOL_FAILURE, "out of memory");
    while (code == TOOL_OK && wants.to < g->count) {
        code = grid_next(o, &wants);
        if (code == TOOL_OK && lstmfc_backtest_sweep(part, (size_t)(wants.to - wants.from), grid_targets, &span, &desc, g->rows + wants.from, GRID_BLOCKS,
                                                     moments + wants.from * GRID_BLOCKS, &err) != LSTMFC_OK) code = tool_fail_error(o, &err);
    }
    grid_end(&wants);
    for (i = 0; i < g->count && code == TOOL_OK; i++) {
        lstmfc_moments_add(&spread, ratio_of(&g->rows[i]));
        if (ratio_of(&g->rows[i]) > ratio_of(&g->rows[g->best])) g->best = i;
    }
    if (code == TOOL_OK && n > 2 * GRID_BLOCKS && g->count > 1) {
        g->known = lstmfc_overfitting_of((size_t)g->count, GRID_BLOCKS, moments, tool_env(), &g->overfitting, &err) == LSTMFC_OK;
        if (!g->known) code = tool_fail_error(o, &err);
    }
    if (code == TOOL_OK) code = grid_expand(o, g, g->best, g->expanded);
    if (code == TOOL_OK) code = returns_of(o, g, bars, part, costs, returns);
    if (code == TOOL_OK) {
        double luck = lstmfc_sharpe_expected_best((double)g->count, lstmfc_moments_variance(&spread, 1));
        g->annual = g->rows[g->best].annual;
        g->luck = luck * lstmfc_sqrt(g->annual);
        g->deflated = lstmfc_sharpe_probability(n - 1, returns, luck);
    }
    free(returns);
    free(moments);
    return code;
}

void grid_choices(lstmfc_writer *w, const grid *g, int64_t combination) {
    int i;
    for (i = 0; i < g->parameter_count; i++)
        tool_print(w, "%s%s%s%s", i ? ", " : "", g->parameters[i].name, *g->parameters[i].name ? " " : "", grid_value(g, combination, i));
}

void grid_columns(lstmfc_writer *w, const grid *g) {
    int k;
    for (k = 0; k < g->parameter_count; k++) {
        if (*g->parameters[k].name) tool_print(w, "%s,", g->parameters[k].name);
        else tool_print(w, "choice_%d,", k + 1);
    }
}

void grid_chosen_json(lstmfc_writer *w, const grid *g, const char *key, int64_t combination) {
    int k;
    lstmfc_json_begin(w, key, '[');
    for (k = 0; k < g->parameter_count; k++) lstmfc_json_put_string(w, NULL, grid_value(g, combination, k));
    lstmfc_json_end(w, ']');
}

void grid_describe(lstmfc_writer *w, const grid *g) {
    char a[32], b[32], c[32];
    double root = lstmfc_sqrt(g->annual);
    tool_print(w, "grid          %s rule sets on the same bars; the one with the highest Sharpe ratio is shown: CHOSEN IN HINDSIGHT (", tool_count(a, g->count));
    grid_choices(w, g, g->best);
    tool_print(w, ")\nluck          the best of %s with nothing to find would have a Sharpe ratio of %s; P(this one is above that) %s\n", tool_count(a, g->count),
               tool_figure(b, "%.2f", g->luck), tool_figure(c, "%.3f", g->deflated));
    if (!g->known) return;
    tool_print(w, "overfitting   %.1f %%: of %s ways to split the bars in half, the best of one half was no better than the median in the other; its\n"
                  "              Sharpe ratio went from %.2f to %.2f\n", 100 * g->overfitting.probability, tool_count(a, (int64_t)g->overfitting.splits),
               g->overfitting.inside * root, g->overfitting.outside * root);
}

void grid_json(lstmfc_writer *w, const grid *g) {
    const lstmfc_field *fields;
    size_t count, i;
    lstmfc_json_begin(w, "grid", '{');
    lstmfc_json_put_integer(w, "trials", g->count);
    grid_chosen_json(w, g, "chosen", g->best);
    lstmfc_json_put_number(w, "sharpe_by_luck", g->luck);
    lstmfc_json_put_number(w, "deflated_sharpe_probability", g->deflated);
    fields = lstmfc_overfitting_fields(&count);
    if (g->known) {
        lstmfc_json_begin(w, "overfitting", '{');
        for (i = 0; i < count; i++) {
            double value;
            memcpy(&value, (const char *)&g->overfitting + fields[i].offset, sizeof value);
            lstmfc_json_put_number(w, fields[i].name, value);
        }
        lstmfc_json_end(w, '}');
    }
    lstmfc_json_end(w, '}');
}

void grid_csv(lstmfc_writer *w, const grid *g) {
    int64_t i;
    int k;
    grid_columns(w, g);
    tool_print(w, "net_return,sharpe,max_drawdown,trades\n");
    for (i = 0; i < g->count; i++) {
        const double values[4] = {g->rows[i].total_return, g->rows[i].sharpe, g->rows[i].max_drawdown, g->rows[i].trades};
        char text[32];
        for (k = 0; k < g->parameter_count; k++) tool_print(w, "%s,", grid_value(g, i, k));
        for (k = 0; k < 4; k++) {
            if (k) lstmfc_write_text(w, ",", 1);
            if (lstmfc_is_finite(values[k])) lstmfc_write_text(w, text, lstmfc_format_double(text, values[k]));
        }
        lstmfc_write_text(w, "\n", 1);
    }
}
