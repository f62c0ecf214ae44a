/* symbols.c - the same command for one symbol after another. Each is run as if it had been typed alone, with its own --csv, --symbol and
   outputs; so a symbol gives the same bytes in company as by itself. */
#include "symbols.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#ifdef _WIN32
#  include <direct.h>
#endif

typedef struct symbol {
    char *name, *csv;               /* file name without what an operating system might not take; the file */
    const char *only;               /* the symbol in a file of several; NULL = the whole file */
    int code;                       /* of its run */
    int measured;
    const char *loss;               /* what follows is of evaluate */
    double n, figure, skill, p, coverage;
    int verdict[4];
} symbol;

static symbol *running;             /* the one whose command is at work */

int symbols_running(void) { return running != NULL; }

/* ---- the column of symbols ------------------------------------------------------------------------------------- */

typedef struct cell { const char *text; size_t length; } cell;

/* Cell number `column` of the line; separators within quotes are text. length 0: there is none. */
static cell cell_of(const char *line, size_t length, char separator, int column) {
    cell c = {line, 0};
    size_t i, first = 0;
    int quoted = 0, at = 0;
    for (i = 0; i <= length; i++) {
        if (i < length && line[i] == '"') quoted = !quoted;
        if (i < length && (quoted || line[i] != separator)) continue;
        if (at++ == column) { c.text = line + first; c.length = i - first; break; }
        first = i + 1;
    }
    while (c.length && strchr(" \t\r\"", c.text[0])) { c.text++; c.length--; }
    while (c.length && strchr(" \t\r\"", c.text[c.length - 1])) c.length--;
    return c;
}

static int begins(cell c, const char *word) {
    size_t i, n = strlen(word);
    for (i = 0; i < n && i < c.length; i++) if ((c.text[i] | 32) != word[i]) return 0;
    return i == n;
}

/* Where the rows begin, and the columns of symbol and time; 0: no line of the first twenty names a symbol. */
typedef struct layout { size_t rows; char separator; int symbol, time; } layout;

static int find_layout(const char *text, size_t length, layout *l) {
    static const char separators[] = ",;\t|";
    static const char *const words[] = {"symbol", "pair", "ticker", "coin", "asset", "instrument", "market"};
    size_t at = 0, w, s;
    int line, column;
    for (line = 0; line < 20 && at < length; line++) {
        const char *end = (const char *)memchr(text + at, '\n', length - at);
        size_t n = end ? (size_t)(end - text) - at : length - at;
        for (s = 0; separators[s]; s++) {
            if (!memchr(text + at, separators[s], n)) continue;
            for (column = 0; column < 100; column++)
                for (w = 0; w < sizeof words / sizeof words[0]; w++) {
                    if (!begins(cell_of(text + at, n, separators[s], column), words[w])) continue;
                    l->rows = at + n + 1;
                    l->separator = separators[s];
                    l->symbol = column;
                    l->time = column == 0;
                    return l->rows < length;
                }
            break;                                      /* the first that is in the line separates it */
        }
        at += n + 1;
    }
    return 0;
}

/* The next line of rows from *at on: its symbol, 0 at the end. */
static int next_row(const char *text, size_t length, const layout *l, size_t *at, size_t *end, cell *name) {
    const char *stop;
    if (*at >= length) return 0;
    stop = (const char *)memchr(text + *at, '\n', length - *at);
    *end = stop ? (size_t)(stop - text) : length;
    *name = cell_of(text + *at, *end - *at, l->separator, l->symbol);
    return 1;
}

static int is_named(cell c, const char *name) { return strlen(name) == c.length && !memcmp(name, c.text, c.length); }

typedef struct stamp { cell time; int symbol; } stamp;

static int by_time(const void *a, const void *b) {
    const cell *x = &((const stamp *)a)->time, *y = &((const stamp *)b)->time;
    int order = memcmp(x->text, y->text, x->length < y->length ? x->length : y->length);
    return order ? order : (x->length > y->length) - (x->length < y->length);
}

char **symbols_of(const char *text, size_t length, int *count, int *shared) {
    layout l;
    size_t at, end, rows = 0, r = 0, bytes = 0;
    cell name, *names = NULL;
    stamp *stamps = NULL;
    char **list = NULL, *store;
    int k = 0, n = 0, failed = 0;
    *count = *shared = 0;
    if (!find_layout(text, length, &l)) return NULL;
    for (at = l.rows; next_row(text, length, &l, &at, &end, &name); at = end + 1) rows++;
    stamps = (stamp *)calloc(rows ? rows : 1, sizeof *stamps);
    for (at = l.rows; stamps && next_row(text, length, &l, &at, &end, &name); at = end + 1) {
        if (!name.length) continue;
        if (k >= n || names[k].length != name.length || memcmp(names[k].text, name.text, name.length)) {
            for (k = 0; k < n && (names[k].length != name.length || memcmp(names[k].text, name.text, name.length)); k++) continue;
            if (k == n) {
                cell *more = (cell *)realloc(names, (size_t)(n + 1) * sizeof *more);
                if (!more) { failed = 1; break; }
                names = more;
                names[n++] = name;
                bytes += name.length + 1;
            }
        }
        stamps[r].symbol = k;
        stamps[r++].time = cell_of(text + at, end - at, l.separator, l.time);
    }
    if (stamps && n > 1) qsort(stamps, r, sizeof *stamps, by_time);
    for (rows = 1; stamps && rows < r && n > 1; rows++)
        *shared |= !by_time(&stamps[rows - 1], &stamps[rows]) && stamps[rows].symbol != stamps[rows - 1].symbol;
    if (stamps && n && !failed) list = (char **)malloc((size_t)n * sizeof *list + bytes);
    for (k = 0, store = list ? (char *)(list + n) : NULL; list && k < n; k++) {
        list[k] = store;
        memcpy(store, names[k].text, names[k].length);
        store[names[k].length] = 0;
        store += names[k].length + 1;
    }
    *count = list ? n : 0;
    free(names);
    free(stamps);
    return list;
}

char *symbols_only(const char *text, size_t length, const char *name, size_t *rows, size_t *left) {
    layout l;
    size_t at, end, to;
    cell c;
    char *out = NULL;
    int pass;
    *rows = *left = 0;
    if (!find_layout(text, length, &l)) return NULL;
    for (pass = 0; pass < 2; pass++) {                  /* how much there is, then all of it */
        if (pass) {
            if (!*rows || !(out = (char *)malloc(*left + 1))) break;
            memcpy(out, text, l.rows);
        }
        for (at = to = l.rows; next_row(text, length, &l, &at, &end, &c); at = end + 1) {
            if (is_named(c, name)) {
                if (pass) memcpy(out + to, text + at, end - at);
                else ++*rows;
                to += end - at;
            }
            if (end == length) break;
            if (pass) out[to] = '\n';
            to++;
        }
        *left = to;
    }
    return out;
}

/* ---- which symbols ---------------------------------------------------------------------------------------------- */

typedef struct batch {
    options *o;                     /* to fail with, in the command's name */
    int argc;
    char **argv;
    symbol *list;
    int count;
    char **names;                   /* of symbols_of */
    char *text;                     /* the file of the column of symbols, */
    size_t length;                  /* where they are pooled */
} batch;

/* The value of a flag on the command line; NULL: not there. */
static const char *value_of(const batch *b, const char *name) {
    size_t n = strlen(name);
    int i;
    for (i = 1; i < b->argc; i++) {
        const char *a = b->argv[i];
        if (strncmp(a, "--", 2) || strncmp(a + 2, name, n)) continue;
        if (a[2 + n] == '=') return a + 3 + n;
        if (!a[2 + n]) return i + 1 < b->argc ? b->argv[i + 1] : "";
    }
    return NULL;
}

static int is_folder(const char *path) {
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static int is_there(const char *path) {
    struct stat s;
    return stat(path, &s) == 0;
}

static char *joined(const char *a, const char *b, const char *c, const char *d) {
    size_t n = strlen(a) + strlen(b) + strlen(c) + strlen(d) + 1;
    char *text = (char *)malloc(n);
    if (text) snprintf(text, n, "%s%s%s%s", a, b, c, d);
    return text;
}

/* One more: its name is `from` without folders and ending, letters that a file name might not take as '_'. */
static int add(batch *b, const char *csv, const char *only) {
    symbol *more = (symbol *)realloc(b->list, (size_t)(b->count + 1) * sizeof *more), *s;
    const char *from = only ? only : strrchr(csv, '/') ? strrchr(csv, '/') + 1 : csv, *end = only ? NULL : strrchr(from, '.');
    char *p;
    int i;
    if (!more) return tool_fail(b->o, TOOL_FAILURE, "out of memory");
    b->list = more;
    s = &more[b->count];
    memset(s, 0, sizeof *s);
    s->only = only;
    s->csv = joined(csv, "", "", "");
    s->name = joined(from, "", "", "");
    b->count++;
    if (!s->csv || !s->name) return tool_fail(b->o, TOOL_FAILURE, "out of memory");
    if (end && end != from) s->name[end - from] = 0;
    for (p = s->name; *p; p++)
        if ((unsigned char)*p < 0x80 && !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", *p)) *p = '_';
    if (s->name[0] == '.') s->name[0] = '_';
    for (i = 0; i + 1 < b->count; i++)
        if (!strcmp(b->list[i].name, s->name))
            return tool_fail(b->o, TOOL_USAGE, "two symbols would be called %s: %s and %s", s->name,
                             only ? b->list[i].only : b->list[i].csv, only ? only : csv);
    return -1;
}

static int by_name(const void *a, const void *b) { return strcmp(((const symbol *)a)->name, ((const symbol *)b)->name); }

static int add_folder(batch *b, const char *path) {
    DIR *folder = opendir(path);
    struct dirent *entry;
    int code = -1, others = 0;
    if (!folder) return tool_fail(b->o, TOOL_DATA, "--csv %s: the folder cannot be read: %s", path, strerror(errno));
    while (code == -1 && (entry = readdir(folder)) != NULL) {
        size_t n = strlen(entry->d_name);
        char *file;
        if (entry->d_name[0] == '.') continue;
        if (n < 5 || strcmp(entry->d_name + n - 4, ".csv")) { others++; continue; }
        file = joined(path, "/", entry->d_name, "");
        code = file ? add(b, file, NULL) : tool_fail(b->o, TOOL_FAILURE, "out of memory");
        free(file);
    }
    closedir(folder);
    if (code == -1 && !b->count) return tool_fail(b->o, TOOL_DATA, "--csv %s: no file in it ends in .csv", path);
    if (b->count) qsort(b->list, (size_t)b->count, sizeof *b->list, by_name);
    if (others) fprintf(stderr, "note: %d other entr%s of %s left aside: only files that end in .csv are taken\n", others,
                        others == 1 ? "y" : "ies", path);
    return code;
}

static int add_listed(batch *b, const char *text) {
    int code = -1;
    while (code == -1 && *text) {
        size_t n = strcspn(text, ",");
        char *file = (char *)malloc(n + 1);
        if (!file) return tool_fail(b->o, TOOL_FAILURE, "out of memory");
        memcpy(file, text, n);
        file[n] = 0;
        code = n ? add(b, file, NULL) : tool_fail(b->o, TOOL_USAGE, "--csv: a name in the list is empty");
        free(file);
        text += n + (text[n] == ',');
    }
    return code;
}

/* 1: a file, no pipe that can be read but once, whose head names a column of symbols. */
static int has_column(const char *path) {
    static char head[65536];
    struct stat s;
    layout l;
    size_t n;
    FILE *file = stat(path, &s) == 0 && S_ISREG(s.st_mode) ? fopen(path, "rb") : NULL;
    if (!file) return 0;
    n = fread(head, 1, sizeof head, file);
    fclose(file);
    return find_layout(head, n, &l);
}

/* A file of several symbols that are series of their own. */
static int add_column(batch *b, const char *path) {
    lstmfc_error err = {0};
    size_t length = 0;
    char *text = has_column(path) ? lstmfc_file_read(path, &length, NULL, &err) : NULL;
    int shared = 0, n = 0, i, code = -1;
    if (!text) return -1;                               /* if anything is wrong with it, the command says so */
    b->names = symbols_of(text, length, &n, &shared);
    for (i = 0; shared && i < n && code == -1; i++) code = add(b, path, b->names[i]);
    b->text = text;
    b->length = length;
    return code;
}

static int gather(batch *b) {
    const char *csv = value_of(b, "csv");
    if (!csv || value_of(b, "only") || value_of(b, "roll-back")) return -1;
    if (is_folder(csv)) return add_folder(b, csv);
    if (strchr(csv, ',') && !is_there(csv)) return add_listed(b, csv);
    return add_column(b, csv);
}

/* ---- running them ------------------------------------------------------------------------------------------------ */

enum { REPLACED = 5 };
/* Flags that differ from symbol to symbol; `ending` of the file in a folder. */
static const struct { const char *flag, *ending; } replaced[REPLACED] = {
    {"csv", ""}, {"out", ".json"}, {"report", ".html"}, {"forecasts", ".csv"}, {"model", ".json"}
};

static int make_folder(const batch *b, const char *flag, const char *ending, const char *path) {
    size_t n = strlen(path), e = strlen(ending);
    if (is_folder(path)) return -1;
    if (n > e && !strcmp(path + n - e, ending))
        return tool_fail(b->o, TOOL_USAGE, "--%s %s: with %d symbols it is a folder, which holds a file for each", flag, path, b->count);
#ifdef _WIN32
    if (_mkdir(path) == 0) return -1;
#else
    if (!is_there(path) && mkdir(path, 0777) == 0) return -1;
#endif
    return tool_fail(b->o, TOOL_USAGE, "--%s %s: of several symbols it is a folder, and this %s", flag, path,
                     is_there(path) ? "is a file" : "cannot be made");
}

/* The symbol's model in a folder of them; that of a pipeline has a folder for each symbol. */
static char *model_in(const char *folder, const symbol *s) {
    char *path = joined(folder, "/", s->name, ".json"), *inner = path && !is_there(path) ? joined(folder, "/", s->name, "/model.json") : NULL;
    if (!inner || !is_there(inner)) { free(inner); return path; }
    free(path);
    return inner;
}

/* What the flag says for this symbol, "--flag=..."; NULL: not given, or the same for all. */
static char *flag_for(const batch *b, int which, const symbol *s) {
    const char *flag = replaced[which].flag, *value = value_of(b, flag);
    char *head = joined("--", flag, "=", ""), *path, *text;
    int pipeline = !strcmp(b->argv[0], "pipeline");
    if (!value || !head || (!strcmp(flag, "model") && !is_folder(value))) { free(head); return NULL; }
    path = which == 0 ? joined(s->csv, "", "", "") : !strcmp(flag, "model") ? model_in(value, s)
         : joined(value, "/", s->name, pipeline ? "" : replaced[which].ending);
    text = path ? joined(head, path, "", "") : NULL;
    free(head);
    free(path);
    return text;
}

/* 1: argv[i] is one of the flags that are replaced, in *words places. */
static int is_replaced(const batch *b, int i, int *words) {
    int k;
    for (k = 0; k < REPLACED; k++) {
        size_t n = strlen(replaced[k].flag);
        const char *a = b->argv[i];
        if (strncmp(a, "--", 2) || strncmp(a + 2, replaced[k].flag, n) || (a[2 + n] && a[2 + n] != '=')) continue;
        if (!strcmp(replaced[k].flag, "model") && !is_folder(value_of(b, "model"))) return 0;
        *words = a[2 + n] ? 1 : 2;
        return 1;
    }
    return 0;
}

static int run_one(const batch *b, symbol *s, int (*command)(int, char **)) {
    char **argv = (char **)calloc((size_t)b->argc + REPLACED + 4, sizeof *argv), *made[REPLACED + 3];
    int argc = 0, i, k, words = 1, code;
    for (k = 0; k < REPLACED; k++) made[k] = flag_for(b, k, s);
    made[k++] = joined("--symbol=", s->only ? s->only : s->name, "", "");
    made[k++] = s->only ? joined("--only=", s->only, "", "") : NULL;
    made[k++] = !strcmp(b->argv[0], "predict") && !value_of(b, "fallback") ? joined("--fallback=drift", "", "", "") : NULL;
    for (i = 0; argv && i < b->argc; i += words) {
        words = 1;
        if (!is_replaced(b, i, &words)) argv[argc++] = b->argv[i];
    }
    for (i = 0; argv && i < k; i++) if (made[i]) argv[argc++] = made[i];
    running = s;
    code = argv ? command(argc, argv) : tool_fail(b->o, TOOL_FAILURE, "out of memory");
    running = NULL;
    for (i = 0; i < k; i++) free(made[i]);
    free(argv);
    return code;
}

/* ---- telling ------------------------------------------------------------------------------------------------------ */

void symbols_note(const evaluation *e) {
    symbol *s = running;
    int i;
    if (!s) return;
    s->measured = 1;
    s->n = (double)e->n;
    s->loss = e->info.target == LSTMFC_TARGET_DIRECTION ? "accuracy" : "RMSE";
    s->figure = e->info.target == LSTMFC_TARGET_DIRECTION ? e->direction.accuracy : e->errors.rmse;
    s->skill = e->baselines[0].comparison.skill;
    s->p = e->baselines[0].comparison.p;
    s->coverage = e->intervals[e->info.intervals].score.count > 0 ? e->intervals[e->info.intervals].score.coverage : lstmfc_nan();
    for (i = 0; i < 4; i++) s->verdict[i] = e->verdict[i];
}

/* The middle of the measured symbols' values, the mean of the two in the middle; NaN: none. */
static double median(const batch *b, size_t offset) {
    double *values = (double *)calloc((size_t)b->count, sizeof *values), m = lstmfc_nan(), v;
    size_t n = 0;
    int i;
    for (i = 0; values && i < b->count; i++) {
        memcpy(&v, (const char *)&b->list[i] + offset, sizeof v);
        if (b->list[i].measured && lstmfc_is_finite(v)) values[n++] = v;
    }
    if (n) { lstmfc_sort(n, values); m = (values[(n - 1) / 2] + values[n / 2]) / 2; }
    free(values);
    return m;
}

static void table(const batch *b) {
    char figure[32], skill[32], p[32], inside[32];
    int i, k, yes[3] = {0, 0, 0}, measured = 0;
    for (i = 0; i < b->count; i++) if (b->list[i].measured) break;
    if (i == b->count) return;
    printf("%-16s %9s %12s %10s %9s %8s   beats persistence, linear, best\n", "symbol", "forecasts", b->list[i].loss, "skill", "DM p",
           "inside");
    for (i = 0; i < b->count; i++) {
        const symbol *s = &b->list[i];
        if (!s->measured) { printf("%-16s failed, exit code %d\n", s->name, s->code); continue; }
        printf("%-16s %9.0f %12s %10s %9s %8s  ", s->name, s->n, tool_figure(figure, "%.6g", s->figure), tool_figure(skill, "%+.4f", s->skill),
               tool_p(p, s->p), tool_figure(inside, "%.1f %%", 100 * s->coverage));
        for (k = 0; k < 3; k++) { printf(" %s", verdict_word(s->verdict[k])); yes[k] += s->verdict[k] == VERDICT_YES; }
        printf("\n");
        measured++;
    }
    printf("%-16s %9s %12s %10s %9s %8s   %d, %d, %d of %d\n", "median", "", "", tool_figure(skill, "%+.4f", median(b, offsetof(symbol, skill))),
           "", tool_figure(inside, "%.1f %%", 100 * median(b, offsetof(symbol, coverage))), yes[0], yes[1], yes[2], measured);
}

static void number(const char *key, double value, const char *after) {
    char text[32];
    if (lstmfc_is_finite(value)) lstmfc_format_double(text, value);
    printf("\"%s\":%s%s", key, lstmfc_is_finite(value) ? text : "null", after);
}

static void quoted(const char *key, const char *text) {
    lstmfc_writer w;
    lstmfc_writer_init(&w, NULL);
    lstmfc_json_put_string(&w, NULL, text);
    printf("\"%s\":%.*s,", key, (int)w.length, w.text ? w.text : "");
    lstmfc_writer_free(&w);
}

static int all(batch *b, int (*command)(int, char **)) {
    int i, failed = 0, evaluate = !strcmp(b->argv[0], "evaluate"), list = b->o->json;
    int silent = list && !strcmp(b->argv[0], "predict") && value_of(b, "out");     /* its JSON goes into files */
    if (list) printf(evaluate ? "{\"symbols\":[" : "[");
    for (i = 0; i < b->count; i++) {
        symbol *s = &b->list[i];
        if (list) {
            printf(i ? ",\n{" : "\n{");
            quoted("symbol", s->only ? s->only : s->name);
            quoted("csv", s->csv);
            if (!silent) printf("\"result\":");
        } else if (strcmp(b->argv[0], "predict") && !evaluate) fprintf(stderr, "symbol %d of %d: %s\n", i + 1, b->count, s->name);
        s->code = run_one(b, s, command);
        if (list) printf(silent ? "\"exit_code\":%d}" : ",\"exit_code\":%d}", s->code);
        fflush(stdout);
        failed += s->code != TOOL_OK;
        if (s->code != TOOL_OK) fprintf(stderr, "lstmfc %s: %s failed, exit code %d\n", b->argv[0], s->name, s->code);
        if (s->code == TOOL_INTERRUPTED) break;
    }
    if (list && evaluate) {
        printf("],\"median\":{");
        number("skill", median(b, offsetof(symbol, skill)), ",");
        number("coverage", median(b, offsetof(symbol, coverage)), "}}\n");
    } else if (list) printf("]\n");
    else if (evaluate) table(b);
    if (failed) fprintf(stderr, "lstmfc %s: %d of %d symbols failed\n", b->argv[0], failed, b->count);
    return i < b->count ? TOOL_INTERRUPTED : failed ? TOOL_FAILURE : TOOL_OK;
}

/* ---- one model for all ---------------------------------------------------------------------------------------------- */

static batch pool;                  /* of train --pooled and backtest, else empty */

int symbols_pool(int i, const char **name, const char **csv, const char **only) {
    if (i < 0 || i >= pool.count) return 0;
    *name = pool.list[i].name;
    *csv = pool.list[i].csv;
    *only = pool.list[i].only ? pool.list[i].only : "";
    return 1;
}

static void drop(batch *b) {
    int i;
    for (i = 0; i < b->count; i++) { free(b->list[i].name); free(b->list[i].csv); }
    free(b->list);
    free(b->names);
    lstmfc_file_release(b->text, b->length, NULL);
    memset(b, 0, sizeof *b);
}

void symbols_pool_free(void) { drop(&pool); }

const char *symbols_pool_text(const char *csv, size_t *length) {
    if (!pool.text || !pool.count || strcmp(csv, pool.list[0].csv)) return NULL;
    *length = pool.length;
    return pool.text;
}

char *symbols_pool_model(int i, const char *model) { return is_folder(model) ? model_in(model, &pool.list[i]) : NULL; }

/* What makes no sense for several, before the first is run. */
static int allowed(const batch *b) {
    static const struct { const char *flag, *why; } refused[] = {
        {"symbol", "each is named by its file or its column"}, {"ticker", "each is named by its file or its column"},
        {"resume", "it is the checkpoint of one; --max-age-hours passes over those that are done"}
    };
    const char *out = value_of(b, "out");
    size_t k;
    int i, code = -1;
    for (k = 0; k < sizeof refused / sizeof refused[0]; k++)
        if (value_of(b, refused[k].flag))
            return tool_fail(b->o, TOOL_USAGE, "--%s with %d symbols: %s", refused[k].flag, b->count, refused[k].why);
    if (!strcmp(b->argv[0], "train") && (!out || !strcmp(out, "-")))
        return tool_fail(b->o, TOOL_USAGE, "%d symbols: --out is to name a folder for a model each (of a file of several symbols, "
                         "--only NAME takes one)", b->count);
    for (i = 1; i < 4 && code == -1; i++) {
        const char *value = value_of(b, replaced[i].flag);
        if (value && strcmp(value, "-")) code = make_folder(b, replaced[i].flag, replaced[i].ending, value);
    }
    return code;
}

int symbols_each(int argc, char **argv, int (*command)(int argc, char **argv)) {
    static options failing;
    static options_command name;
    batch b;
    int i, code;
    if (running || pool.count) return -1;
    memset(&b, 0, sizeof b);
    memset(&failing, 0, sizeof failing);
    name.name = argv[0];
    failing.command = &name;
    b.o = &failing; b.argc = argc; b.argv = argv;
    for (i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return -1;
        if (!strcmp(argv[i], "--json") || !strcmp(argv[i], "--json=1")) failing.json = 1;
    }
    code = gather(&b);
    if (code == -1 && b.count && (!strcmp(argv[0], "backtest") || (!strcmp(argv[0], "train") && value_of(&b, "pooled")))) {
        qsort(b.list, (size_t)b.count, sizeof *b.list, by_name);    /* however they were listed */
        pool = b;
        return -1;
    }
    lstmfc_file_release(b.text, b.length, NULL);        /* each is run by itself, and reads it */
    b.text = NULL;
    if (code == -1 && b.count) code = allowed(&b);
    if (code == -1 && b.count) code = all(&b, command);
    drop(&b);
    return code;
}
