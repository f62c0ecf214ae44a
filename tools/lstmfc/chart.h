/* chart.h - line charts as inline SVG: nice ticks, light and dark, readable on a phone. */
#ifndef LSTMFC_TOOL_CHART_H
#define LSTMFC_TOOL_CHART_H

#include "tool.h"

enum { CHART_SERIES = 6 };
enum { CHART_LINE, CHART_DASHED, CHART_DOTS, CHART_AREA, CHART_BAND, CHART_BARS, CHART_POINTS };
enum { CHART_NUMBER, CHART_PERCENT, CHART_TIME, CHART_INTEGER };

/* y may hold NaN: the line breaks there. BAND fills between y and y2, AREA between y and the axis' zero; POINTS are many
   small DOTS. colour: 1 the model,
   2 what it is compared with, 3 and 4 further ones, 0 grey. */
typedef struct chart_series {
    const char *name;               /* for the legend; NULL = none */
    const double *x, *y, *y2;
    size_t n;
    int style, colour;
} chart_series;

typedef struct chart {
    const char *title, *note;       /* note: one sentence under the title */
    const char *x_label, *y_label;
    int x_kind, y_kind, log_y;
    chart_series series[CHART_SERIES];
    int count;
    double level;                   /* a horizontal line; NaN = none */
    const char *level_name;
    double mark;                    /* a vertical line at this x; NaN = none */
    const char *mark_name;
    double x_low, x_high, y_low, y_high;    /* fixed limits; NaN = from the data */
} chart;

chart chart_start(const char *title, const char *note, const char *x_label, const char *y_label, int x_kind, int y_kind);
/* Adds a series, or does nothing when it has no finite point. */
void  chart_add(chart *c, const char *name, int style, int colour, const double *x, const double *y, const double *y2, size_t n);
void  chart_legend(lstmfc_writer *w, const chart *c);
void  chart_svg(lstmfc_writer *w, const chart *c);
/* <figure> with title, note, legend and drawing. */
void  chart_figure(lstmfc_writer *w, const chart *c);

/* Text with & < > " escaped. */
void html_text(lstmfc_writer *w, const char *text);

#endif
