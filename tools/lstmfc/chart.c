/* chart.c - line charts as inline SVG. Colours are classes (c0 .. c4) that the page's style sheet defines for light and dark;
   coordinates have one decimal, which is finer than a pixel. A long line is thinned to the lowest and highest value of each
   pixel column, so that a spike survives. */
#include "chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double WIDTH = 560, HEIGHT = 310, LEFT = 66, RIGHT = 14, TOP = 34, BOTTOM = 50;

void html_text(lstmfc_writer *w, const char *text) {
    for (; text && *text; text++) {
        switch (*text) {
        case '&': lstmfc_write_text(w, "&amp;", 5); break;
        case '<': lstmfc_write_text(w, "&lt;", 4); break;
        case '>': lstmfc_write_text(w, "&gt;", 4); break;
        case '"': lstmfc_write_text(w, "&quot;", 6); break;
        default:  lstmfc_write_text(w, text, 1);
        }
    }
}

chart chart_start(const char *title, const char *note, const char *x_label, const char *y_label, int x_kind, int y_kind) {
    chart c;
    memset(&c, 0, sizeof c);
    c.title = title; c.note = note; c.x_label = x_label; c.y_label = y_label; c.x_kind = x_kind; c.y_kind = y_kind;
    c.level = c.mark = c.x_low = c.x_high = c.y_low = c.y_high = lstmfc_nan();
    return c;
}

void chart_add(chart *c, const char *name, int style, int colour, const double *x, const double *y, const double *y2, size_t n) {
    chart_series *s;
    size_t i;
    for (i = 0; i < n && !(lstmfc_is_finite(x[i]) && lstmfc_is_finite(y[i])); i++) {}
    if (i == n || c->count == CHART_SERIES) return;
    s = &c->series[c->count++];
    s->name = name; s->style = style; s->colour = colour; s->x = x; s->y = y; s->y2 = y2; s->n = n;
}

/* ---- axes ------------------------------------------------------------------------------------------------------ */

typedef struct axis { double low, high, from, to; int log; } axis;      /* data low..high drawn at from..to */

static double place(const axis *a, double value) {
    double share;
    if (a->log) share = (lstmfc_log(value) - lstmfc_log(a->low)) / (lstmfc_log(a->high) - lstmfc_log(a->low));
    else share = (value - a->low) / (a->high - a->low);
    return a->from + share * (a->to - a->from);
}

/* 1, 2, 2.5 or 5 times a power of ten, so that about `count` steps cover the range. */
static double nice_step(double range, int count, int whole) {
    double raw = range / count, power = pow(10, floor(log10(raw))), rest = raw / power;
    double step = power * (rest <= 1 ? 1 : rest <= 2 ? 2 : rest <= 2.5 ? 2.5 : rest <= 5 ? 5 : 10);
    return whole && step < 1 ? 1 : step;
}

enum { TICKS = 16 };
typedef struct ticks { double at[TICKS]; char text[TICKS][24]; int count; } ticks;

/* A number with as many decimals as its step asks for, thousands separated. */
static void number_text(char *out, double value, double step, int kind) {
    double shown = kind == CHART_PERCENT ? value * 100 : value, unit = kind == CHART_PERCENT ? step * 100 : step;
    int decimals = 0;
    for (; decimals < 8; decimals++) {
        double scaled = unit * pow(10, decimals);
        if (fabs(scaled - floor(scaled + 0.5)) <= 1e-6 * scaled) break;
    }
    if (fabs(shown) < 1e-9 * fabs(unit) + 1e-300) shown = 0;
    if (decimals == 0 && fabs(shown) < 1e15) {
        char digits[32];
        snprintf(out, 24, "%.20s%s", tool_count(digits, (int64_t)floor(shown + 0.5)), kind == CHART_PERCENT ? "%" : "");
    } else {
        snprintf(out, 24, "%.*f%s", decimals, shown, kind == CHART_PERCENT ? "%" : "");
    }
}

static void linear_ticks(ticks *t, const axis *a, int count, int kind) {
    double step = nice_step(a->high - a->low, count, kind == CHART_INTEGER), first = ceil(a->low / step - 1e-9);
    int i;
    t->count = 0;
    for (i = 0; i < TICKS && (first + i) * step <= a->high + 1e-9 * step; i++) {
        t->at[i] = (first + i) * step;
        number_text(t->text[i], t->at[i], step, kind);
        t->count++;
    }
}

/* Powers of ten with 2 and 5 between them; over less than a decade linear ticks read better. */
static void log_ticks(ticks *t, const axis *a, int kind) {
    static const double parts[] = {1, 2, 5};
    double decades = log10(a->high / a->low), power;
    int i;
    t->count = 0;
    if (decades < 1.2) { linear_ticks(t, a, 5, kind); return; }
    for (power = pow(10, floor(log10(a->low))); power <= a->high && t->count < TICKS; power *= 10)
        for (i = 0; i < (decades > 4 ? 1 : 3) && t->count < TICKS; i++) {
            double value = power * parts[i];
            if (value < a->low * (1 - 1e-9) || value > a->high * (1 + 1e-9)) continue;
            t->at[t->count] = value;
            number_text(t->text[t->count], value, value, kind);
            t->count++;
        }
}

/* Hours, days, months or years at round places of the calendar (UTC). x is in milliseconds. */
static void time_ticks(ticks *t, const axis *a, int count) {
    static const double hour = 3600e3, day = 86400e3;
    static const double small[] = {1, 2, 3, 6, 12, 24, 48, 120, 240};           /* hours */
    static const int months[] = {1, 2, 3, 6, 12, 24, 60, 120};
    double raw = (a->high - a->low) / count;
    int32_t year, month, date;
    size_t i;
    t->count = 0;
    if (raw <= 12 * day) {
        double step, at;
        for (i = 0; i < 8 && small[i] * hour < raw; i++) {}
        step = small[i] * hour;
        for (at = ceil(a->low / step) * step; at <= a->high && t->count < TICKS; at += step) {
            char iso[32];
            lstmfc_format_time(iso, (int64_t)at);
            t->at[t->count] = at;
            if (step < day) snprintf(t->text[t->count], 24, "%.5s %.5s", iso + 5, iso + 11);
            else snprintf(t->text[t->count], 24, "%.10s", iso);
            t->count++;
        }
        return;
    }
    for (i = 0; i < 7 && months[i] * 30.4 * day < raw; i++) {}
    lstmfc_time_to_civil((int64_t)a->low, &year, &month, &date);
    month = (month - 1) / months[i] * months[i];
    if (months[i] >= 12) { year = year / (months[i] / 12) * (months[i] / 12); month = 0; }
    for (; t->count < TICKS; month += months[i]) {
        double at = (double)lstmfc_time_from_civil(year + month / 12, month % 12 + 1, 1);
        if (at > a->high) break;
        if (at < a->low) continue;
        t->at[t->count] = at;
        if (months[i] >= 12) snprintf(t->text[t->count], 24, "%d", (int)(year + month / 12));
        else snprintf(t->text[t->count], 24, "%d-%02d", (int)(year + month / 12), (int)(month % 12 + 1));
        t->count++;
    }
}

/* The smallest range that holds the data (and the marks), with a little air for y. */
static void fit_axes(const chart *c, axis *x, axis *y) {
    int i, any = 0, zero = 0;
    size_t k;
    double low = 0, high = 1;
    x->log = 0; y->log = c->log_y;
    x->low = x->high = 0;
    for (i = 0; i < c->count; i++) {
        const chart_series *s = &c->series[i];
        if (s->style == CHART_AREA || s->style == CHART_BARS) zero = 1;
        for (k = 0; k < s->n; k++) {
            double top = s->y2 && lstmfc_is_finite(s->y2[k]) ? s->y2[k] : s->y[k];
            if (!lstmfc_is_finite(s->x[k]) || !lstmfc_is_finite(s->y[k]) || (c->log_y && !(s->y[k] > 0))) continue;
            if (!any) { x->low = x->high = s->x[k]; low = high = s->y[k]; any = 1; }
            if (s->x[k] < x->low) x->low = s->x[k];
            if (s->x[k] > x->high) x->high = s->x[k];
            if (s->y[k] < low) low = s->y[k];
            if (s->y[k] > high) high = s->y[k];
            if (top < low) low = top;
            if (top > high) high = top;
        }
    }
    if (lstmfc_is_finite(c->level)) { if (c->level < low) low = c->level; if (c->level > high) high = c->level; }
    if (zero && !c->log_y) { if (low > 0) low = 0; if (high < 0) high = 0; }
    if (lstmfc_is_finite(c->x_low)) x->low = c->x_low;
    if (lstmfc_is_finite(c->x_high)) x->high = c->x_high;
    if (!(x->high > x->low)) { x->low -= 0.5; x->high += 0.5; }
    if (c->log_y) {
        double air = pow(high / low, 0.05);
        if (!(air > 1.0001)) air = 1.02;
        y->low = low / air; y->high = high * air;
    } else {
        double air = (high - low) * 0.06;
        if (!(air > 0)) air = fabs(high) > 0 ? fabs(high) * 0.05 : 1;
        y->low = zero && low >= 0 ? 0 : low - air;
        y->high = zero && high <= 0 ? 0 : high + air;
    }
    if (lstmfc_is_finite(c->y_low)) y->low = c->y_low;
    if (lstmfc_is_finite(c->y_high)) y->high = c->y_high;
    x->to = WIDTH - RIGHT;
    y->from = HEIGHT - BOTTOM; y->to = TOP;
}

/* ---- drawing --------------------------------------------------------------------------------------------------- */

static int drawable(const chart *c, const chart_series *s, size_t k) {
    return lstmfc_is_finite(s->x[k]) && lstmfc_is_finite(s->y[k]) && !(c->log_y && !(s->y[k] > 0));
}

static void line_path(lstmfc_writer *w, const chart *c, const chart_series *s, const axis *x, const axis *y, const double *values,
                      int pen_down) {
    size_t k, columns = 420;
    int open = pen_down;
    if (s->n <= 2 * columns) {
        for (k = 0; k < s->n; k++) {
            if (!drawable(c, s, k) || !lstmfc_is_finite(values[k])) { open = 0; continue; }
            tool_print(w, "%c%.1f %.1f", open ? 'L' : 'M', place(x, s->x[k]), place(y, values[k]));
            open = 1;
        }
        return;
    }
    for (k = 0; k < s->n;) {                            /* one pixel column: its lowest and highest point, in order */
        size_t column = k * columns / s->n, low = 0, high = 0;
        int found = 0;
        for (; k < s->n && k * columns / s->n == column; k++) {
            if (!drawable(c, s, k) || !lstmfc_is_finite(values[k])) continue;
            if (!found || values[k] < values[low]) low = k;
            if (!found || values[k] > values[high]) high = k;
            found = 1;
        }
        if (!found) { open = 0; continue; }
        tool_print(w, "%c%.1f %.1f", open ? 'L' : 'M', place(x, s->x[low < high ? low : high]),
                   place(y, values[low < high ? low : high]));
        if (low != high)
            tool_print(w, "L%.1f %.1f", place(x, s->x[low < high ? high : low]), place(y, values[low < high ? high : low]));
        open = 1;
    }
}

static void draw_series(lstmfc_writer *w, const chart *c, const chart_series *s, const axis *x, const axis *y) {
    size_t k, first = 0, last = 0;
    double base = place(y, y->log ? y->low : y->low > 0 ? y->low : y->high < 0 ? y->high : 0);
    for (k = 0; k < s->n; k++)
        if (drawable(c, s, k)) { last = k; }
    while (first < s->n && !drawable(c, s, first)) first++;
    switch (s->style) {
    case CHART_DOTS:
    case CHART_POINTS:
        for (k = 0; k < s->n; k++)
            if (drawable(c, s, k))
                tool_print(w, "<circle class=\"dot c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"/>", s->colour, place(x, s->x[k]),
                           place(y, s->y[k]), s->style == CHART_POINTS ? "2\" fill-opacity=\".5" : "4");
        break;
    case CHART_BARS:
        for (k = 0; k < s->n; k++)
            if (drawable(c, s, k)) {
                double half = 0.4 * (s->n > 1 ? fabs(place(x, s->x[1]) - place(x, s->x[0])) : 20), top = place(y, s->y[k]);
                tool_print(w, "<rect class=\"bar c%d\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>", s->colour,
                           place(x, s->x[k]) - half,
                           top < base ? top : base, 2 * half, fabs(base - top));
            }
        break;
    case CHART_AREA:
        tool_print(w, "<path class=\"area c%d\" d=\"M%.1f %.1f", s->colour, place(x, s->x[first]), base);
        line_path(w, c, s, x, y, s->y, 1);
        tool_print(w, "L%.1f %.1fZ\"/>", place(x, s->x[last]), base);
        tool_print(w, "<path class=\"line c%d\" d=\"", s->colour);
        line_path(w, c, s, x, y, s->y, 0);
        tool_print(w, "\"/>");
        break;
    case CHART_BAND:
        tool_print(w, "<path class=\"band c%d\" d=\"", s->colour);
        for (k = 0; k < s->n;) {                        /* each run without a hole: along the lower edge and back along the upper */
            size_t start, step = s->n / 300 + 1, at;
            while (k < s->n && !(drawable(c, s, k) && lstmfc_is_finite(s->y2[k]))) k++;
            start = k;
            while (k < s->n && drawable(c, s, k) && lstmfc_is_finite(s->y2[k])) k++;
            if (k == start) continue;
            for (at = start; at < k; at = at + step < k || at == k - 1 ? at + step : k - 1)
                tool_print(w, "%c%.1f %.1f", at == start ? 'M' : 'L', place(x, s->x[at]), place(y, s->y[at]));
            for (at = k; at-- > start;)
                if (at == k - 1 || at == start || (at - start) % step == 0)
                    tool_print(w, "L%.1f %.1f", place(x, s->x[at]), place(y, s->y2[at]));
            tool_print(w, "Z");
        }
        tool_print(w, "\"/>");
        break;
    default:
        tool_print(w, "<path class=\"line c%d%s\" d=\"", s->colour, s->style == CHART_DASHED ? " dash" : "");
        line_path(w, c, s, x, y, s->y, 0);
        tool_print(w, "\"/>");
        if (s->n == 1 && drawable(c, s, 0))
            tool_print(w, "<circle class=\"dot c%d\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>", s->colour, place(x, s->x[0]),
                       place(y, s->y[0]));
    }
}

/* The width of a label in the larger letters of a phone (17 px; a digit is 0.58 of that, a point half). */
static double phone_width(const char *text) {
    double width = 0;
    for (; *text; text++) width += *text == '.' || *text == ',' ? 5.4 : *text == '%' ? 16 : 10;
    return width;
}

/* Room for the longest label of the y axis on a phone. */
static double left_of(const ticks *t) {
    double longest = 0;
    int i;
    for (i = 0; i < t->count; i++) if (phone_width(t->text[i]) > longest) longest = phone_width(t->text[i]);
    return longest + 12 > LEFT ? longest + 12 : LEFT;
}

void chart_svg(lstmfc_writer *w, const chart *c) {
    axis x, y;
    ticks tx, ty;
    double taken = -1e9;                    /* where the last label of the x axis ends on a phone */
    int i;
    fit_axes(c, &x, &y);
    if (y.log) log_ticks(&ty, &y, c->y_kind);
    else linear_ticks(&ty, &y, 5, c->y_kind);
    x.from = left_of(&ty);
    if (c->x_kind == CHART_TIME) time_ticks(&tx, &x, 4);
    else linear_ticks(&tx, &x, 6, c->x_kind);
    tool_print(w, "<svg viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"", WIDTH, HEIGHT);
    html_text(w, c->title);
    tool_print(w, "\">");
    for (i = 0; i < ty.count; i++) {
        double at = place(&y, ty.at[i]);
        tool_print(w, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/><text class=\"y\" x=\"%.1f\" y=\"%.1f\">%s</text>", x.from, at,
                   x.to, x.from - 8, at + 4, ty.text[i]);
    }
    tool_print(w, "<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/>", x.from, y.from, x.to);
    for (i = 0; i < tx.count; i++) {
        double at = place(&x, tx.at[i]);
        const char *anchor = at > x.to - 30 ? "end" : at < x.from + 16 ? "start" : "middle";
        double label = *anchor == 'e' ? at + 12 : *anchor == 's' ? at - 12 : at, width = phone_width(tx.text[i]);
        double left = *anchor == 'e' ? label - width : *anchor == 's' ? label : label - width / 2;
        int room = left > taken + 6;        /* a label without room is left out where the letters are large */
        if (room) taken = left + width;
        tool_print(w, "<path class=\"axis\" d=\"M%.1f %.1fv5\"/><text%s style=\"text-anchor:%s\" x=\"%.1f\" y=\"%.1f\">%s</text>",
                   at, y.from, room ? "" : " class=\"tight\"", anchor, label, y.from + 19, tx.text[i]);
    }
    tool_print(w, "<text class=\"label\" x=\"%.1f\" y=\"17\">", 2.0);
    html_text(w, c->y_label);
    tool_print(w, "</text><text class=\"label\" style=\"text-anchor:end\" x=\"%.1f\" y=\"%.1f\">", x.to, HEIGHT - 6);
    html_text(w, c->x_label);
    tool_print(w, "</text>");
    if (lstmfc_is_finite(c->level))
        tool_print(w, "<path class=\"level\" d=\"M%.1f %.1fH%.1f\"/>", x.from, place(&y, c->level), x.to);
    for (i = 0; i < c->count; i++) draw_series(w, c, &c->series[i], &x, &y);
    if (lstmfc_is_finite(c->mark) && c->mark >= x.low && c->mark <= x.high) {
        double at = place(&x, c->mark);
        int left = at > (x.from + x.to) / 2;
        tool_print(w, "<path class=\"mark\" d=\"M%.1f %.1fV%.1f\"/><text class=\"label\" style=\"text-anchor:%s\" x=\"%.1f\" "
                      "y=\"%.1f\">", at, y.from, y.to,
                   left ? "end" : "start", at + (left ? -5 : 5), y.to + 10);
        html_text(w, c->mark_name);
        tool_print(w, "</text>");
    }
    tool_print(w, "</svg>");
}

void chart_legend(lstmfc_writer *w, const chart *c) {
    static const char *const swatches[] = {"line", "line dash", "round", "box", "box", "box", "round"};
    int i;
    tool_print(w, "<p class=\"legend\">");
    for (i = 0; i < c->count; i++) {
        if (!c->series[i].name) continue;
        tool_print(w, "<span><i class=\"%s c%d\"></i>", swatches[c->series[i].style], c->series[i].colour);
        html_text(w, c->series[i].name);
        tool_print(w, "</span>");
    }
    if (lstmfc_is_finite(c->level) && c->level_name) {
        tool_print(w, "<span><i class=\"line level\"></i>");
        html_text(w, c->level_name);
        tool_print(w, "</span>");
    }
    tool_print(w, "</p>");
}

void chart_figure(lstmfc_writer *w, const chart *c) {
    if (!c->count) return;
    tool_print(w, "<figure><figcaption><b>");
    html_text(w, c->title);
    tool_print(w, "</b>");
    if (c->note) { tool_print(w, "<span>"); html_text(w, c->note); tool_print(w, "</span>"); }
    tool_print(w, "</figcaption>");
    chart_legend(w, c);
    chart_svg(w, c);
    tool_print(w, "</figure>\n");
}
