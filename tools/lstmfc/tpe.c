/* tpe.c - the tree-structured Parzen estimator (Bergstra, Bardenet, Bengio and Kegl, Algorithms for Hyper-Parameter
   Optimization, NIPS 2011), in the form that Hyperopt and Optuna gave it.

   Of n tried points the best ceil(n/10), at most 25, are called good. l is a density of the good ones, g one of the
   rest, and the next point is where l/g is greatest among 24 that are drawn from l: it looks like what was good and
   unlike what was not, which is what expected improvement asks for (their section 4.1). Both densities are sums of
   kernels, one on each point and a wide one, the prior, over the whole range; a kernel is as wide as the farther of the
   point's two neighbours is away, and never narrower than the range by 1 + the number of kernels (at most 100): a crowd
   of points must not close the search down to itself.

   Dimensions that every point has share one kernel a point, a product over the dimensions (Falkner, Klein and Hutter,
   BOHB, ICML 2018): so a good pair of values is tried together. A dimension that some points do without has kernels of
   its own, over the points that have it: that is the tree. Points that still run count as bad, so that two processes do
   not try the same (the constant liar of Ginsbourger et al. 2010). The first 10 points are random. */
#include "tpe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RANDOM_FIRST = 10, CANDIDATES = 24, GOOD_MOST = 25, RECENT = 25, CELLS = 50 };

/* ---- scales ---------------------------------------------------------------------------------------------------- */

/* Kernels live on an inner scale, on which the range is [inner_low, inner_high]: logarithms for TPE_LOG; whole numbers
   own the half unit on both sides. */
static double to_inner(const tpe_dimension *d, double x) { return d->kind == TPE_LOG ? lstmfc_log(x) : x; }
static double inner_low(const tpe_dimension *d) { return to_inner(d, d->low) - (d->kind == TPE_WHOLE ? 0.5 : 0); }
static double inner_high(const tpe_dimension *d) { return to_inner(d, d->high) + (d->kind == TPE_WHOLE ? 0.5 : 0); }

static double from_inner(const tpe_dimension *d, double inner) {
    double x = d->kind == TPE_LOG ? lstmfc_exp(inner) : d->kind == TPE_WHOLE ? floor(inner + 0.5) : inner;
    return x < d->low ? d->low : x > d->high ? d->high : x;
}

static int is_present(const tpe_space *space, const double *x, int dimension) {
    return !space->dimensions[dimension].conditional || space->present(space->context, x, dimension);
}

static double draw_uniform(const tpe_dimension *d, lstmfc_rng *rng) {
    if (d->kind == TPE_CHOICE) return (double)lstmfc_rng_below(rng, (uint64_t)(d->high - d->low) + 1) + d->low;
    return from_inner(d, inner_low(d) + lstmfc_rng_uniform(rng) * (inner_high(d) - inner_low(d)));
}

void tpe_random(const tpe_space *space, lstmfc_rng *rng, double *x) {
    int i;
    for (i = 0; i < space->count; i++)
        x[i] = is_present(space, x, i) ? draw_uniform(&space->dimensions[i], rng) : lstmfc_nan();
}

/* ---- one dimension --------------------------------------------------------------------------------------------- */

/* The kernels of n points and, the last of n + 1, the prior: centers, widths, and the share of each normal curve that
   lies inside the range, all on the inner scale. Of a choice the centers alone. */
typedef struct parzen {
    const tpe_dimension *dimension;
    double low, high;
    double *center, *width, *inside;
} parzen;

static double normal_between(double low, double high) {
    return low > 0 ? lstmfc_normal_cdf(-low) - lstmfc_normal_cdf(-high)
        : lstmfc_normal_cdf(high) - lstmfc_normal_cdf(low);
}

/* Sets the widths of n centers; sorted [n + 2] is room for them in order between the two ends. */
static void set_widths(parzen *p, int n, double *sorted) {
    double range = p->high - p->low, least = range / (n + 2 < 100 ? n + 2 : 100);
    int i;
    sorted[0] = p->low;
    memcpy(sorted + 1, p->center, (size_t)n * sizeof *sorted);
    lstmfc_sort((size_t)n, sorted + 1);
    sorted[n + 1] = p->high;
    for (i = 0; i < n; i++) {
        int a = 1, b = n, middle;               /* where it stands among them; any of equal ones will do */
        double before, after, width;
        while (a < b) { middle = a + (b - a) / 2; if (sorted[middle] < p->center[i]) a = middle + 1; else b = middle; }
        before = p->center[i] - sorted[a - 1];
        after = sorted[a + 1] - p->center[i];
        width = n > 1 && a == 1 ? after : n > 1 && a == n ? before : before > after ? before : after;
        p->width[i] = width < least ? least : width > range ? range : width;
    }
    p->center[n] = p->low + range / 2;
    p->width[n] = range;
    for (i = 0; i <= n; i++)
        p->inside[i] = normal_between((p->low - p->center[i]) / p->width[i], (p->high - p->center[i]) / p->width[i]);
}

/* ln of what kernel k says of x: a density, of whole numbers and choices a probability. */
static double log_kernel(const parzen *p, int n, int k, double x) {
    const tpe_dimension *d = p->dimension;
    double inner, z, share;
    if (d->kind == TPE_CHOICE) {
        double count = d->high - d->low + 1, each = 1.0 / (n + 1);
        if (k == n) return -lstmfc_log(count);
        return lstmfc_log((each + (x >= p->center[k] && x <= p->center[k])) / (1 + count * each));
    }
    inner = to_inner(d, x);
    if (d->kind == TPE_WHOLE) {
        share = normal_between((inner - 0.5 - p->center[k]) / p->width[k], (inner + 0.5 - p->center[k]) / p->width[k]);
        return lstmfc_log(share / p->inside[k] + 1e-300);
    }
    z = (inner - p->center[k]) / p->width[k];
    /* less ln sqrt(2 pi), which l and g share */
    return -0.5 * z * z - lstmfc_log(p->width[k] * p->inside[k]);
}

static double draw_kernel(const parzen *p, int n, int k, lstmfc_rng *rng) {
    const tpe_dimension *d = p->dimension;
    double inner;
    if (d->kind == TPE_CHOICE) {
        double count = d->high - d->low + 1, each = 1.0 / (n + 1);
        if (k < n && lstmfc_rng_uniform(rng) * (1 + count * each) < 1) return p->center[k];
        return draw_uniform(d, rng);
    }
    do inner = p->center[k] + p->width[k] * lstmfc_rng_normal(rng);         /* inside at least a third of the time */
    while (inner < p->low || inner > p->high);
    return from_inner(d, inner);
}

/* ---- a mixture over several dimensions ------------------------------------------------------------------------- */

typedef struct mixture {
    int n, count;                   /* points; dimensions */
    double *weight;                 /* [n + 1], of sum 1; the last is the prior's */
    const int *list;                /* [count] which dimensions of the space */
    parzen *of;                     /* [count] */
    double *room;                   /* one block behind all of it */
} mixture;

static void mixture_free(mixture *m) { free(m->of); free(m->room); }

/* Old points fade: beyond the newest 25 the weights fall in a straight line to 1/n, as what was good among few need not
   be so among many. The prior weighs as much as one point. */
static void set_weights(double *weight, int n, int fade) {
    double sum = 1;
    int i, old = fade && n > RECENT ? n - RECENT : 0;
    for (i = 0; i < n; i++) {
        weight[i] = i >= old ? 1 : old == 1 ? 1.0 / n : 1.0 / n + (1 - 1.0 / n) * i / (old - 1);
        sum += weight[i];
    }
    weight[n] = 1;
    for (i = 0; i <= n; i++) weight[i] /= sum;
}

/* The mixture of the points chosen [n] (numbers of observations, oldest first) over the dimensions list [count]. Points
   without one of them are left out. 0: out of memory. */
static int mixture_make(mixture *m, const tpe_space *space, const int *list, int count,
                        const tpe_observation *observations,
                        const int *chosen, int n, int fade) {
    size_t each = (size_t)n + 2;
    double *next;
    int i, k;
    m->n = 0;
    m->count = count;
    m->list = list;
    m->of = (parzen *)calloc((size_t)count, sizeof *m->of);
    m->room = next = (double *)malloc((2 + 3 * (size_t)count) * each * sizeof *m->room);
    if (!m->of || !m->room) { mixture_free(m); return 0; }
    m->weight = next;
    next += 2 * each;                                   /* and the room to sort in */
    for (i = 0; i < count; i++, next += 3 * each) {
        parzen *p = &m->of[i];
        p->dimension = &space->dimensions[list[i]];
        p->low = inner_low(p->dimension);
        p->high = inner_high(p->dimension);
        p->center = next; p->width = next + each; p->inside = next + 2 * each;
    }
    for (k = 0; k < n; k++) {
        const double *x = observations[chosen[k]].x;
        int there = 1;
        for (i = 0; i < count; i++) there &= !lstmfc_is_nan(x[list[i]]);
        for (i = 0; i < count && there; i++) m->of[i].center[m->n] = to_inner(m->of[i].dimension, x[list[i]]);
        m->n += there;
    }
    for (i = 0; i < count; i++)
        if (m->of[i].dimension->kind != TPE_CHOICE) set_widths(&m->of[i], m->n, m->weight + each);
    set_weights(m->weight, m->n, fade);
    return 1;
}

/* ln of the density at x [space]; terms [n + 1] is room. */
static double mixture_log(const mixture *m, const double *x, double *terms) {
    double most = -1e308, sum = 0;
    int i, k;
    for (k = 0; k <= m->n; k++) {
        terms[k] = lstmfc_log(m->weight[k]);
        for (i = 0; i < m->count; i++) terms[k] += log_kernel(&m->of[i], m->n, k, x[m->list[i]]);
        if (terms[k] > most) most = terms[k];
    }
    for (k = 0; k <= m->n; k++) sum += lstmfc_exp(terms[k] - most);
    return most + lstmfc_log(sum);
}

static void mixture_draw(const mixture *m, lstmfc_rng *rng, double *x) {
    double u = lstmfc_rng_uniform(rng);
    int i, k = 0;
    while (k < m->n && u >= m->weight[k]) u -= m->weight[k++];
    for (i = 0; i < m->count; i++) x[m->list[i]] = draw_kernel(&m->of[i], m->n, k, rng);
}

/* ---- good and bad ---------------------------------------------------------------------------------------------- */

static int is_better(const tpe_observation *a, const tpe_observation *b) {
    if (a->pending != b->pending) return b->pending;
    if (a->rung != b->rung) return a->rung > b->rung;
    return a->value < b->value;
}

/* Splits 0..n-1 into the `most` best known ones and the rest, each oldest first: good [n], bad [n]. Returns how many
   are good. */
static int split(int n, const tpe_observation *observations, int most, int *good, int *bad) {
    int i, k, goods = 0, bads = 0;
    for (i = 0; i < n; i++) {
        int above = 0;                                  /* so many are better, or as good and older */
        for (k = 0; k < n && above < most; k++)
            above += k < i ? !is_better(&observations[i], &observations[k])
                : is_better(&observations[k], &observations[i]);
        if (!observations[i].pending && above < most) good[goods++] = i; else bad[bads++] = i;
    }
    return goods;
}

static int known(int n, const tpe_observation *observations) {
    int i, count = 0;
    for (i = 0; i < n; i++) count += !observations[i].pending;
    return count;
}

/* Sets the dimensions list [count] of x: of 24 points drawn from the good mixture the one of the greatest l/g. */
static int choose(const tpe_space *space, const int *list, int count, int n, const tpe_observation *observations,
                  const int *good, int goods, const int *bad, lstmfc_rng *rng, double *x) {
    mixture l, g;
    double trial[TPE_DIMENSIONS], best = -1e308, *terms = (double *)malloc(((size_t)n + 1) * sizeof *terms);
    int i, k, ok = 0;
    if (!terms) return 0;
    if (mixture_make(&l, space, list, count, observations, good, goods, 1)) {
        if (mixture_make(&g, space, list, count, observations, bad, n - goods, 1)) {
            for (k = 0; k < CANDIDATES; k++) {
                double ratio;
                mixture_draw(&l, rng, trial);
                ratio = mixture_log(&l, trial, terms) - mixture_log(&g, trial, terms);
                if (ratio <= best) continue;
                best = ratio;
                for (i = 0; i < count; i++) x[list[i]] = trial[list[i]];
            }
            ok = 1;
            mixture_free(&g);
        }
        mixture_free(&l);
    }
    free(terms);
    return ok;
}

int tpe_suggest(const tpe_space *space, int n, const tpe_observation *observations, lstmfc_rng *rng, double *x) {
    int list[TPE_DIMENSIONS], count = 0, i, ok = 1, found = known(n, observations), most = (found + 9) / 10, goods;
    int *good, *bad;
    if (found < RANDOM_FIRST) { tpe_random(space, rng, x); return 1; }
    good = (int *)malloc(2 * (size_t)n * sizeof *good);
    if (!good) return 0;
    bad = good + n;
    goods = split(n, observations, most < GOOD_MOST ? most : GOOD_MOST, good, bad);
    for (i = 0; i < space->count; i++) if (!space->dimensions[i].conditional) list[count++] = i;
    if (count) ok = choose(space, list, count, n, observations, good, goods, bad, rng, x);
    for (i = 0; i < space->count && ok; i++) {
        if (!space->dimensions[i].conditional) continue;
        x[i] = lstmfc_nan();
        if (is_present(space, x, i)) ok = choose(space, &i, 1, n, observations, good, goods, bad, rng, x);
    }
    free(good);
    return ok;
}

/* ---- importance ------------------------------------------------------------------------------------------------ */

/* The middle of cell `cell` of `cells`, as a value of the dimension. */
static double cell_value(const tpe_dimension *d, int cell, int cells) {
    if (d->kind == TPE_CHOICE) return d->low + cell;
    return from_inner(d, inner_low(d) + (inner_high(d) - inner_low(d)) * (cell + 0.5) / cells);
}

/* The divergence of the best quarter from all of the points that have dimension i. -1: out of memory. */
static double divergence(const tpe_space *space, int i, int n, const tpe_observation *observations, const int *good,
                         int goods,
                         const int *all, int alls) {
    const tpe_dimension *d = &space->dimensions[i];
    mixture top, base;
    double p[CELLS], q[CELLS], x[TPE_DIMENSIONS], sum_p = 0, sum_q = 0, result = 0;
    double *terms = (double *)malloc(((size_t)n + 1) * sizeof *terms);
    int cells = d->kind == TPE_CHOICE && d->high - d->low + 1 < CELLS ? (int)(d->high - d->low) + 1 : CELLS, k;
    if (!terms) return -1;
    if (!mixture_make(&top, space, &i, 1, observations, good, goods, 0)) { free(terms); return -1; }
    if (!mixture_make(&base, space, &i, 1, observations, all, alls, 0)) { mixture_free(&top); free(terms); return -1; }
    for (k = 0; k < cells; k++) {
        x[i] = cell_value(d, k, cells);
        sum_p += p[k] = lstmfc_exp(mixture_log(&top, x, terms));
        sum_q += q[k] = lstmfc_exp(mixture_log(&base, x, terms));
    }
    for (k = 0; k < cells && sum_p > 0 && sum_q > 0; k++) {
        double difference = p[k] / sum_p - q[k] / sum_q;
        if (q[k] > 0) result += difference * difference / (q[k] / sum_q);
    }
    mixture_free(&top);
    mixture_free(&base);
    free(terms);
    return result;
}

/* A dimension matters as far as the best points lie elsewhere on it than points do at large: the Pearson divergence of
   the density of the best quarter from that of all, over 50 cells of its range, as a share of the sum over the
   dimensions (Watanabe, Bansal and Hutter, PED-ANOVA, IJCAI 2023). Against all, and not against a uniform density,
   because the sampler itself crowds where it was good. A conditional dimension is judged among the points that have
   it. */
int tpe_importance(const tpe_space *space, int n, const tpe_observation *observations, double *importance) {
    int i, k, found = known(n, observations), goods, alls = 0, *good, *bad, *all;
    double sum = 0;
    for (i = 0; i < space->count; i++) importance[i] = lstmfc_nan();
    if (found < TPE_LEAST) return 1;
    good = (int *)malloc(3 * (size_t)n * sizeof *good);
    if (!good) return 0;
    bad = good + n;
    all = bad + n;
    goods = split(n, observations, (found + 3) / 4, good, bad);
    for (k = 0; k < n; k++) if (!observations[k].pending) all[alls++] = k;
    for (i = 0; i < space->count; i++) {
        importance[i] = divergence(space, i, n, observations, good, goods, all, alls);
        if (importance[i] < 0) { free(good); return 0; }
        sum += importance[i];
    }
    for (i = 0; i < space->count; i++) importance[i] = sum > 0 ? importance[i] / sum : lstmfc_nan();
    free(good);
    return 1;
}
