/* progress.c - progress on stderr. Time left is what remains divided by the rate of the last seconds, not of the whole run:
   it follows a machine that slows down. Where training may stop early it is named as an upper bound. */
#include "tool.h"

#include <stdio.h>
#include <string.h>
#ifndef _WIN32
#  include <sys/ioctl.h>
#  include <unistd.h>
#endif

static int is_terminal(void) {
#ifdef _WIN32
    return 0;
#else
    return isatty(2);
#endif
}

static int terminal_width(void) {
#ifdef TIOCGWINSZ
    struct winsize size;
    if (ioctl(2, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
#endif
    return 80;
}

void progress_begin(progress *p, int mode, const char *task, const char *unit, int64_t done0, int64_t total, int at_most) {
    memset(p, 0, sizeof *p);
    p->mode = mode != PROGRESS_AUTO ? mode : is_terminal() ? PROGRESS_BAR : PROGRESS_LINES;
    p->task = task; p->unit = unit;
    p->done = p->first = done0; p->total = total;
    p->start = p->last_shown = tool_seconds();
    p->spacing = p->mode == PROGRESS_BAR ? 0.1 : p->mode == PROGRESS_JSONL ? 1 : 5;
    p->at_most = at_most;
    p->window_time[0] = p->start; p->window_done[0] = done0; p->window_count = 1;
}

/* Units per second over the recent marks; 0 = not known yet. */
static double recent_rate(const progress *p, double now) {
    double seconds = now - p->window_time[0];
    return seconds > 0.05 ? (double)(p->done - p->window_done[0]) / seconds : 0;
}

double progress_rate(const progress *p) {
    double seconds = p->last_shown - p->start;
    return seconds > 0 ? (double)(p->done - p->first) / seconds : 0;
}

static void span_text(char out[32], double seconds) {
    long whole = (long)(seconds + 0.5);
    if (whole < 60) snprintf(out, 32, "%ld s", whole);
    else if (whole < 3600) snprintf(out, 32, "%ld:%02ld min", whole / 60, whole % 60);
    else snprintf(out, 32, "%ld h %02ld min", whole / 3600, whole % 3600 / 60);
}

static void clear_bar(progress *p) {
    if (p->shown_bar) fputs("\r\033[K", stderr);
    p->shown_bar = 0;
}

static void show(progress *p, double now, const char *note) {
    double rate = recent_rate(p, now), share = p->total > 0 ? (double)p->done / (double)p->total : 0;
    double left = rate > 0 ? (double)(p->total - p->done) / rate : 0;
    char left_text[32] = "", rate_text[32], line[400];
    if (rate > 0) span_text(left_text, left);
    tool_count(rate_text, (int64_t)(rate + 0.5));
    if (p->mode == PROGRESS_JSONL) {
        fprintf(stderr, "{\"event\":\"progress\",\"task\":\"%s\",\"done\":%lld,\"total\":%lld,\"rate\":%.1f,\"seconds_left\":%.1f,\"upper_bound\":%s}\n",
                p->task, (long long)p->done, (long long)p->total, rate, left, p->at_most ? "true" : "false");
    } else if (p->mode == PROGRESS_BAR) {
        int width = terminal_width(), cells = width < 110 ? 12 : 24, i, filled = (int)(share * cells);
        snprintf(line, sizeof line, "] %3d%%  %s%s%s %s/s%s%s%s", (int)(share * 100), note ? note : "", note ? "  " : "",
                 rate_text, p->unit,
                 *left_text ? (p->at_most ? "  at most " : "  ") : "", left_text, *left_text ? " left" : "");
        fputs("\r\033[K", stderr);
        fprintf(stderr, "%s [", p->task);
        for (i = 0; i < cells; i++) fputc(i < filled ? '#' : '.', stderr);
        fprintf(stderr, "%.*s", width > (int)strlen(p->task) + cells + 3 ? width - (int)strlen(p->task) - cells - 3 : 0, line);
        p->shown_bar = 1;
    } else if (p->mode == PROGRESS_LINES) {
        fprintf(stderr, "%s %d%%%s%s, %s %s/s%s%s%s\n", p->task, (int)(share * 100), note ? ", " : "", note ? note : "", rate_text,
                p->unit,
                *left_text ? (p->at_most ? ", at most " : ", ") : "", left_text, *left_text ? " left" : "");
        if (p->spacing < 60) p->spacing *= 1.5;         /* a long run writes ever fewer lines */
    }
    fflush(stderr);
}

void progress_update(progress *p, int64_t done, const char *note) {
    double now = tool_seconds();
    p->done = done;
    if (now - p->window_time[p->window_count - 1] > 1) {        /* marks a second apart, 16 of them */
        if (p->window_count == 16) {
            memmove(p->window_time, p->window_time + 1, 15 * sizeof p->window_time[0]);
            memmove(p->window_done, p->window_done + 1, 15 * sizeof p->window_done[0]);
            p->window_count--;
        }
        p->window_time[p->window_count] = now;
        p->window_done[p->window_count++] = done;
    }
    if (p->mode == PROGRESS_NONE || now - p->last_shown < p->spacing) return;
    p->last_shown = now;
    show(p, now, note);
}

void progress_event(progress *p, const char *text, const char *json, int important) {
    double now = tool_seconds();
    if (p->mode == PROGRESS_NONE) return;
    if (p->mode == PROGRESS_JSONL) {
        fprintf(stderr, "{%s}\n", json);
    } else if (p->mode == PROGRESS_BAR) {
        clear_bar(p);
        fprintf(stderr, "%s\n", text);
    } else if (important || now - p->last_shown >= p->spacing) {
        fprintf(stderr, "%s\n", text);
        p->held[0] = 0;
        p->last_shown = now;
        if (!important && p->spacing < 60) p->spacing *= 1.5;
    } else {
        snprintf(p->held, sizeof p->held, "%s", text);
    }
    fflush(stderr);
}

void progress_end(progress *p) {
    clear_bar(p);
    if (p->mode == PROGRESS_LINES && *p->held) fprintf(stderr, "%s\n", p->held);
    p->held[0] = 0;
    p->last_shown = tool_seconds();
}
