/* Chapter 12: times, the series object, and the CSV reader on made-up and on real files. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#include "../tools/lstmfc/synthetic.c"

#include <locale.h>
#include <time.h>

static lstmfc_error err;
static lstmfc_csv_report report;
static lstmfc_csv_desc desc;

static void fresh(void) {
    memset(&err, 0, sizeof err);
    memset(&report, 0, sizeof report);
    memset(&desc, 0, sizeof desc);
    desc.report = &report;
}

/* Parses out of a block of exactly that size, so that a read past the end shows under a sanitizer. */
static lstmfc_candles *parse_bytes(const char *text, size_t length) {
    char *copy = (char *)malloc(length ? length : 1);
    lstmfc_candles *c;
    memcpy(copy, text, length);
    memset(&err, 0, sizeof err);
    desc.report = &report;
    c = lstmfc_candles_parse_csv(copy, length, &desc, &err);
    free(copy);
    return c;
}

static lstmfc_candles *parse(const char *text) { return parse_bytes(text, strlen(text)); }

/* The text must be read; says why when it is not. */
static lstmfc_candles *must(const char *text) {
    lstmfc_candles *c = parse(text);
    if (!c) { CHECK(c != NULL); printf("    %s\n", err.message); }
    return c;
}

/* The text must be refused with this line, column and words. */
static void refuse_at(int at, const char *text, size_t length, int line, int column, const char *part) {
    lstmfc_candles *c = parse_bytes(text, length);
    int ok = !c && err.code == LSTMFC_ERROR_DATA && err.line == line && err.column == column && strstr(err.message, part);
    CHECK(ok);
    if (!ok) printf("    line %d: %s (line %d, column %d)\n", at, c ? "was read" : err.message, err.line, err.column);
    lstmfc_candles_free(c);
}
#define REFUSE(text, line, column, part) refuse_at(__LINE__, text, strlen(text), line, column, part)

static int64_t at(int32_t y, int32_t mo, int32_t d, int32_t h, int32_t mi) {
    return lstmfc_time_from_civil(y, mo, d) + ((int64_t)h * 60 + mi) * 60000;
}

/* One data row with this time cell under `time,close`; its time, or -1. */
static int64_t time_of(const char *cell) {
    char text[256];
    lstmfc_candles *c;
    int64_t out = -1;
    snprintf(text, sizeof text, "time,close\n%s,5\n", cell);
    c = parse(text);
    if (c && c->count == 1) out = c->time[0];
    lstmfc_candles_free(c);
    return out;
}

/* One close cell, quoted; NaN = refused. *blank: read as a blank (the row is dropped, so the file has no bar left). */
static double number_of(const char *cell, int decimal) {
    char text[512];
    lstmfc_candles *c;
    double out = lstmfc_nan();
    fresh();
    desc.decimal = decimal;
    snprintf(text, sizeof text, "time,close\n2020-01-01,\"%s\"\n", cell);
    c = parse(text);
    if (c) out = c->close[0];
    lstmfc_candles_free(c);
    return out;
}

/* ---- time ---- */

TEST(civil) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t time = lstmfc_time_from_civil(1590, 1, 1);
    int32_t y, m, d, year, month, day;
    CHECK(lstmfc_time_from_civil(1970, 1, 1) == 0);
    CHECK(lstmfc_time_from_civil(2000, 2, 29) == (int64_t)951782400 * 1000);
    CHECK(lstmfc_time_from_civil(2038, 1, 19) == (int64_t)2147472000 * 1000);
    for (y = 1590; y < 2410; y++)                       /* day by day through two cycles of 400 years */
        for (m = 1; m <= 12; m++) {
            int last = days[m - 1] + (m == 2 && (y % 4 == 0 && (y % 100 != 0 || y % 400 == 0)));
            for (d = 1; d <= last; d++, time += 86400000) {
                lstmfc_time_to_civil(time + 86399999, &year, &month, &day);
                if (time != lstmfc_time_from_civil(y, m, d) || year != y || month != m || day != d) { CHECK(0); return; }
            }
        }
    lstmfc_time_to_civil(-1, &year, &month, &day);
    CHECK(year == 1969 && month == 12 && day == 31);
}

/* Times have a range, the years that four digits can write. What lies outside is refused where bars enter, and nowhere overflows on the
   way there. */
TEST(time_range) {
    static const int64_t wild[] = {INT64_MIN, INT64_MIN + 1, LSTMFC_TIME_FIRST - 1, LSTMFC_TIME_LAST + 1, INT64_MAX - 1, INT64_MAX};
    static const int32_t far_off[] = {INT32_MIN, -292000001, 292000001, INT32_MAX};
    int64_t time[3] = {0, 3600000, 7200000};
    double close[3] = {1, 2, 1.5};
    lstmfc_candles c, *own;
    size_t i;
    CHECK_INT(LSTMFC_TIME_FIRST, lstmfc_time_from_civil(1, 1, 1));
    CHECK_INT(LSTMFC_TIME_LAST + 1, lstmfc_time_from_civil(10000, 1, 1));
    for (i = 0; i < 4; i++) {
        CHECK_INT(lstmfc_time_from_civil(far_off[i], 1, 1), INT64_MIN);
        CHECK_INT(lstmfc_time_from_civil(2000, far_off[i], 1), INT64_MIN);
        CHECK_INT(lstmfc_time_from_civil(2000, 1, far_off[i]), INT64_MIN);
    }
    CHECK(lstmfc_time_from_civil(-292000000, 12, 31) < lstmfc_time_from_civil(292000000, 12, 31));
    memset(&c, 0, sizeof c);
    c.count = 3; c.time = time; c.close = close;
    fresh();
    CHECK_OK(lstmfc_candles_check(&c, NULL, &err), err);
    for (i = 0; i < 6; i++) {
        size_t at_bar = wild[i] < 0 ? 0 : 2;
        int64_t kept = time[at_bar];
        time[at_bar] = wild[i];
        CHECK_INT(lstmfc_candles_check(&c, NULL, &err), LSTMFC_ERROR_DATA);
        CHECK_HAS(err.message, "its time is outside the years 1 to 9999");
        time[at_bar] = kept;
        fresh();
        own = lstmfc_candles_create(0, NULL, &err);
        CHECK_INT(lstmfc_candles_append(own, wild[i], 1, 1, 1, 1, 1, &err), LSTMFC_ERROR_ARGUMENT);
        CHECK_HAS(err.message, "outside the years 1 to 9999");
        CHECK_INT(own->count, 0);
        CHECK_OK(lstmfc_candles_append(own, LSTMFC_TIME_FIRST, 1, 1, 1, 1, 1, &err), err);
        CHECK_OK(lstmfc_candles_append(own, LSTMFC_TIME_LAST, 1, 1, 1, 1, 1, &err), err);
        CHECK_OK(lstmfc_candles_check(own, NULL, &err), err);
        lstmfc_candles_free(own);
    }
    time[2] = (int64_t)1700000000 * 1000000;
    fresh();
    own = lstmfc_candles_create(0, NULL, &err);
    CHECK_INT(lstmfc_candles_append(own, time[2], 1, 1, 1, 1, 1, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "(microseconds?): expected milliseconds");
    lstmfc_candles_free(own);
    CHECK_INT(time_of("0001-01-01T00:00:00+14:00"), -1);
    CHECK_INT(time_of("9999-12-31T23:00:00-12:00"), -1);
    CHECK_INT(time_of("9999-12-31T23:59:59.999"), LSTMFC_TIME_LAST);
}

TEST(time_text) {
    char text[32];
    int64_t time = 0;
    static const struct { const char *text; int64_t time; size_t length; } good[] = {
        {"2020-01-02", 1577923200000, 10}, {"2020-01-02T03:04:05Z", 1577934245000, 20}, {"2020-01-02 03:04", 1577934240000, 16},
        {"2020-01-02 03:04:05.678", 1577934245678, 23}, {"2020-01-02T03:04:05+02:00", 1577927045000, 25}, {"2020-01-02T03:04:05-0530", 1577954045000, 24},
        {"2020-01-02T03:04:05+01", 1577930645000, 22}, {"1969-12-31T23:59:59Z", -1000, 20}, {"2020-01-02Tx", 1577923200000, 10},
        {"2020-01-02 03:04:05 UTC", 1577934245000, 23}, {"2020-02-29", 1582934400000, 10}
    };
    static const char *const bad[] = {"", "2020", "2020-13-01", "2021-02-29", "2020-00-10", "20200102xx", "01/02/2020  ", "2020-1", "x020-01-02", "1900-02-29"};
    size_t i;
    for (i = 0; i < sizeof good / sizeof good[0]; i++) {
        size_t n = lstmfc_parse_time(good[i].text, strlen(good[i].text), &time);
        CHECK_INT(n, good[i].length);
        CHECK_INT(time, good[i].time);
    }
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) CHECK_INT(lstmfc_parse_time(bad[i], strlen(bad[i]), &time), 0);
    CHECK_INT(lstmfc_format_time(text, 1577934245000), 20);
    CHECK_TEXT(text, "2020-01-02T03:04:05Z");
    CHECK_INT(lstmfc_format_time(text, 1577934245078), 24);     /* milliseconds only where there are any */
    CHECK_TEXT(text, "2020-01-02T03:04:05.078Z");
    lstmfc_format_time(text, -1);
    CHECK_TEXT(text, "1969-12-31T23:59:59.999Z");
    lstmfc_format_time(text, lstmfc_time_from_civil(7, 3, 4));
    CHECK_TEXT(text, "0007-03-04T00:00:00Z");
    CHECK(lstmfc_format_time(text, INT64_MAX) < 32 && lstmfc_format_time(text, INT64_MIN) < 32);
    CHECK_TEXT(text, "-292275055-05-16T16:47:04.192Z");
    for (i = 0; i < 3000; i++) {
        time = (int64_t)i * 1234567890123 / 1000 * 1000 % 253402300800000;
        CHECK(lstmfc_format_time(text, time) == 20);
        { int64_t back = 0; CHECK(lstmfc_parse_time(text, 20, &back) == 20 && back == time); }
        time += 1 + i % 999;
        { int64_t back = 0; CHECK(lstmfc_format_time(text, time) == 24 && lstmfc_parse_time(text, 24, &back) == 24 && back == time); }
    }
}

TEST(time_cells) {
    fresh();
    CHECK_INT(time_of("2019-10-17 09-AM"), at(2019, 10, 17, 9, 0));
    CHECK_INT(time_of("2019-10-17 12-AM"), at(2019, 10, 17, 0, 0));
    CHECK_INT(time_of("2019-10-17 12-PM"), at(2019, 10, 17, 12, 0));
    CHECK_INT(time_of("2019-10-17 11-PM"), at(2019, 10, 17, 23, 0));
    CHECK_INT(time_of("2019-10-17 13-PM"), -1);
    CHECK_INT(time_of("2019-10-17 0-AM"), -1);
    CHECK_INT(time_of("2019/10/17 09:30"), at(2019, 10, 17, 9, 30));
    CHECK_INT(time_of("2019.10.17 09:30"), at(2019, 10, 17, 9, 30));
    CHECK_INT(time_of("20191017"), at(2019, 10, 17, 0, 0));
    CHECK_INT(time_of("10/17/2019 9:30"), at(2019, 10, 17, 9, 30));
    CHECK_INT(time_of("10/17/2019 9:30 PM"), at(2019, 10, 17, 21, 30));
    CHECK_INT(time_of("17/10/2019"), at(2019, 10, 17, 0, 0));
    CHECK_INT(time_of("27.12.2024"), at(2024, 12, 27, 0, 0));
    CHECK_INT(time_of("30-12-2024"), at(2024, 12, 30, 0, 0));
    CHECK_INT(time_of("\"Aug 02, 2020\""), at(2020, 8, 2, 0, 0));
    CHECK_INT(time_of("August 2 2020"), at(2020, 8, 2, 0, 0));
    CHECK_INT(time_of("2 Aug 2020"), at(2020, 8, 2, 0, 0));
    CHECK_INT(time_of("02-Aug-2020 10:00"), at(2020, 8, 2, 10, 0));
    CHECK_INT(time_of("2020-08-02T00:00:00.000Z"), at(2020, 8, 2, 0, 0));
    CHECK_INT(time_of("2020-08-02T02:00:00+02:00"), at(2020, 8, 2, 0, 0));
    CHECK_INT(time_of("1596326400"), at(2020, 8, 2, 0, 0));
    CHECK_INT(time_of("1596326400.0"), at(2020, 8, 2, 0, 0));
    CHECK_INT(time_of("1596326400.25"), at(2020, 8, 2, 0, 0) + 250);
    CHECK_INT(time_of("1596326400000"), at(2020, 8, 2, 0, 0));
    CHECK_INT(time_of("1596326400000000"), at(2020, 8, 2, 0, 0));
    CHECK_INT(time_of("1596326400000000000"), at(2020, 8, 2, 0, 0));
    CHECK_INT(time_of("159632640000"), at(1975, 1, 22, 14, 24));    /* 12 digits: milliseconds before 2001 */
    CHECK_INT(time_of("12345"), -1);                    /* no unit makes a year between 1973 and 2200 of these */
    CHECK_INT(time_of("20200802000000"), -1);
    CHECK_INT(time_of("99999999999999999999"), -1);
    CHECK_INT(time_of("2020-08/02"), -1);               /* one mark, twice; a blank only around the name of a month */
    CHECK_INT(time_of("17/10.2019"), -1);
    CHECK_INT(time_of("17 10 2019"), -1);
    CHECK_INT(time_of("2 Aug-2020"), -1);
    CHECK_INT(time_of("2020-02-30"), -1);
    CHECK_INT(time_of("2020-08-02 24:00"), -1);
    CHECK_INT(time_of("2020-08-02 10:61"), -1);
    CHECK_INT(time_of("Foo 02 2020"), -1);
    CHECK_INT(time_of("Au 02 2020"), -1);
    CHECK_INT(time_of("1/2/20"), -1);
    CHECK_INT(time_of("1.5301E+12"), -1);
    CHECK_HAS(err.message, "rounded");
    CHECK_INT(time_of("03/04/2020"), -1);
    CHECK_HAS(err.message, "--time-format dmy or --time-format mdy");
    CHECK_INT(err.line, 2);
    desc.time_format = 6;
    CHECK_INT(time_of("03/04/2020"), at(2020, 4, 3, 0, 0));
    CHECK_INT(time_of("03/14/2020"), -1);
    CHECK_INT(time_of("2020-03-04"), -1);
    desc.time_format = 7;
    CHECK_INT(time_of("03/04/2020"), at(2020, 3, 4, 0, 0));
    CHECK_INT(time_of("13/04/2020"), -1);
    desc.time_format = 2;
    CHECK_INT(time_of("-86400"), -86400000);
    CHECK_INT(time_of("12345"), 12345000);
    CHECK_INT(time_of("2020-03-04"), -1);
    desc.time_format = 3;
    CHECK_INT(time_of("12345"), 12345);
    CHECK_INT(time_of("253402300799999"), 253402300799999);
    CHECK_INT(time_of("253402300800000"), -1);          /* the year 10000 */
    CHECK_INT(time_of("9223372036854775807"), -1);
    desc.time_format = 4;
    CHECK_INT(time_of("-1"), -1);                       /* floor: -1 us is in millisecond -1 */
    desc.time_format = 5;
    CHECK_INT(time_of("1999999"), 1);
    desc.time_format = 1;
    CHECK_INT(time_of("2020-03-04"), at(2020, 3, 4, 0, 0));
    CHECK_INT(time_of("1596326400"), -1);
}

/* The first time of a column is read by the functions that know all forms, those behind an ISO date by a shorter way where they are
   plain: the two must agree on what is a time, and on which. The rows before it keep it out of the sample that the layout is made of. */
TEST(plain_times) {
    static const char *const cells[] = { "2024-02-29", "2024-02-29 23:59:59", "2024-02-29T23:59:59Z", "2024-02-29 23:59", "2024-02-29 23:59:59.5" };
    static const char bytes[] = "0123456789-:./TtZz +aAmM\"";
    enum { BEFORE = 64 };
    char text[BEFORE * 32];
    size_t i, k, b, used = 11, times = 0;
    fresh();
    strcpy(text, "time,close\n");
    for (i = 0; i < BEFORE; i++) used += (size_t)sprintf(text + used, "0001-01-01 %02d:%02d:00,5\n", (int)i / 60, (int)i % 60);
    for (i = 0; i < sizeof cells / sizeof cells[0]; i++)
        for (k = 0; cells[i][k]; k++)
            for (b = 0; bytes[b]; b++) {
                char cell[32];
                int64_t first, later = -1;
                lstmfc_candles *c;
                strcpy(cell, cells[i]);
                cell[k] = bytes[b];
                first = time_of(cell);
                sprintf(text + used, "%s,5\n", cell);
                c = parse(text);
                if (c && c->count == BEFORE + 1) later = c->time[BEFORE];
                lstmfc_candles_free(c);
                times += first != -1;
                CHECK(first == later);
            }
    CHECK(times > 400);
    fresh();
    desc.time_format = 6;                               /* dates with the day first: an ISO date is none of them, wherever it stands */
    CHECK(!parse("time,close\n31/12/2019,5\n2020-01-31,5\n"));
}

TEST(day_and_month) {
    lstmfc_candles *c;
    fresh();
    /* the third row proves the order of the first two */
    c = must("date,close\n01/02/2020,1\n02/02/2020,2\n13/02/2020,3\n");
    if (c) { CHECK_INT(c->time[0], at(2020, 2, 1, 0, 0)); CHECK_INT(c->time[1], at(2020, 2, 2, 0, 0)); CHECK_INT(c->time[2], at(2020, 2, 13, 0, 0)); }
    CHECK_TEXT(report.time_format, "d/m/y");
    lstmfc_candles_free(c);
    c = must("date,close\n01/12/2020,1\n01/13/2020,2\n02/01/2020,3\n");
    if (c) { CHECK_INT(c->time[0], at(2020, 1, 12, 0, 0)); CHECK_INT(c->time[2], at(2020, 2, 1, 0, 0)); }
    CHECK_TEXT(report.time_format, "m/d/y");
    lstmfc_candles_free(c);
    c = must("date,close\n13.02.2020,1\n01.03.2020,2\n");  /* and the first proves the order of the second */
    if (c) CHECK_INT(c->time[1], at(2020, 3, 1, 0, 0));
    lstmfc_candles_free(c);
    REFUSE("date,close\n01/13/2020,1\n13/01/2020,2\n", 3, 1, "\"13/01/2020\": not a date with the month first");
    REFUSE("date,close\n13/01/2020,1\n01/13/2020,2\n", 3, 1, "not a date with the day first");
    REFUSE("close,date\n5,01/02/2020\n6,02/02/2020\n", 2, 3, "date \"01/02/2020\": day and month cannot be told apart");
    REFUSE("date,close\n13/01/2020,1\n2020-01-14,2\n", 3, 1, "another way");
    REFUSE("date,close\n13/01/2020,1\n14-01-2020,2\n", 3, 1, "another way");
    REFUSE("date,close\n2020-01-13,1\n1578960000,2\n", 3, 1, "another way");
    c = must("date,close\n2020-01-13,1\n2020-01-14 12-AM,2\n");     /* these two go together */
    lstmfc_candles_free(c);
    CHECK_TEXT(report.time_format, "iso, 12-AM");
    c = must("time,close\n1577836800,1\n1577840400000,2\n1577844000000000,3\n");
    CHECK_TEXT(report.time_format, "epoch mixed s,ms,us");
    if (c) { CHECK_INT(c->count, 3); CHECK_INT(c->interval, 3600000); }
    lstmfc_candles_free(c);
}

TEST(date_and_time_columns) {
    lstmfc_candles *c;
    fresh();
    c = must("<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\n2020.01.02\t23:00:00\t1.1\t1.3\t1\t1.2\t5\n2020.01.03\t00:00:00\t1.1\t1.3\t1\t1.2\t6\n");
    if (c) { CHECK(c->count == 2 && c->interval == 3600000 && c->close && c->volume); CHECK_INT(c->time[0], at(2020, 1, 2, 23, 0)); }
    CHECK_TEXT(report.time_column, "<DATE> + <TIME>");
    CHECK_TEXT(report.ignored, "");
    lstmfc_candles_free(c);
    c = must("Time,Date,close\n9:00 PM,01/02/2020,5\n10:00 PM,13/02/2020,6\n");
    if (c) CHECK_INT(c->time[0], at(2020, 2, 1, 21, 0));
    lstmfc_candles_free(c);
    c = must("Date,Time,close\n2020-01-02 05:00,05:00,5\n2020-01-02 06:00,06:00,6\n");   /* the date has its own: not added twice */
    if (c) CHECK_INT(c->time[0], at(2020, 1, 2, 5, 0));
    CHECK_TEXT(report.ignored, "Time");
    lstmfc_candles_free(c);
    REFUSE("Date,Time,close\n2020-01-02,05:00,5\n2020-01-02,,6\n2020-01-02,07:00,6\n", 3, 12, "Time \"\": not a time of day");
    c = must("Date,Time,close\n2020-01-02,05:00,5\n,,\n2020-01-02,06:00,6\n");     /* a row of separators says nothing about the dates */
    if (c) { CHECK(c->count == 2 && report.blank_rows == 1); CHECK_INT(c->time[1], at(2020, 1, 2, 6, 0)); }
    lstmfc_candles_free(c);
}

/* Three minutes on each of two days, under `head`, with the clock cells as written; they must be read as 9:30, 9:31 and 10:00. */
static void clock_file(int at_line, const char *head, const char *const clock[3], const char *after) {
    char text[1024];
    int day, k, n = snprintf(text, sizeof text, "%s", head), before = test_now.checks_failed;
    lstmfc_candles *c;
    for (day = 2; day <= 3; day++)
        for (k = 0; k < 3; k++) n += snprintf(text + n, sizeof text - (size_t)n, "2020010%d,%s,%d,%d,%d,%d%s\n", day, clock[k], 7 + k, 9 + k, 6 + k, 8 + k, after);
    c = must(text);
    if (c && CHECK_INT(c->count, 6) && CHECK(c->close != NULL)) {
        CHECK(c->close[1] == 9 && c->open[1] == 8 && c->high[1] == 10 && c->low[1] == 7);
        CHECK_INT(c->time[0], at(2020, 1, 2, 9, 30)); CHECK_INT(c->time[1], at(2020, 1, 2, 9, 31)); CHECK_INT(c->time[2], at(2020, 1, 2, 10, 0));
        CHECK_INT(c->time[5], at(2020, 1, 3, 10, 0));
    }
    lstmfc_candles_free(c);
    if (test_now.checks_failed > before) printf("    the file of line %d\n", at_line);
}

/* A time of day in a column of its own, in all the ways that its values prove: nothing may be dropped, and no minute taken for a second. */
TEST(clock_columns) {
    static const char *const padded[] = {"093000", "093100", "100000"}, *const plain[] = {"93000", "93100", "100000"},
        *const short_padded[] = {"0930", "0931", "1000"}, *const marked[] = {"9:30", "9:31", "10:00"}, *const seconds[] = {"09:30:00", "09:31:00", "10:00:00"},
        *const short_plain[] = {"930", "931", "1000"};
    lstmfc_candles *c;
    fresh();
    clock_file(__LINE__, "Date,Time,Open,High,Low,Close\n", padded, "");
    CHECK_TEXT(report.time_column, "Date + Time");
    CHECK_TEXT(report.ignored, "");
    clock_file(__LINE__, "Date,Time,Open,High,Low,Close,Volume\n", plain, ",5");
    clock_file(__LINE__, "<DTYYYYMMDD>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>\n", short_padded, ",5");
    clock_file(__LINE__, "Date,Time,Open,High,Low,Close\n", marked, "");
    clock_file(__LINE__, "Date,Time,Open,High,Low,Close\n", seconds, "");
    clock_file(__LINE__, "", marked, ",5");                             /* no header: the columns by what they hold */
    CHECK_TEXT(report.mapping, "time=open_time + clock, open=open, high=high, low=low, close=close, volume=volume");
    CHECK_TEXT(report.ignored, "");
    clock_file(__LINE__, "", marked, "");
    clock_file(__LINE__, "", padded, ",5");
    clock_file(__LINE__, "", plain, ",5");
    clock_file(__LINE__, "", short_padded, ",5");
    clock_file(__LINE__, "", seconds, ",5,6");                          /* what follows the close is nothing known, and no volume */
    CHECK_TEXT(report.mapping, "time=open_time + clock, open=open, high=high, low=low, close=close");
    desc.columns = "clock=hour";
    clock_file(__LINE__, "Date,hour,Open,High,Low,Close\n", padded, "");
    desc.columns = "";
    /* 930 is half past nine, or nine minutes and a half past midnight: no width and no large number says which */
    REFUSE("Date,Time,close\n20200102,930,5\n20200102,1000,6\n", 2, 10, "say --clock-format hhmm or --clock-format hhmmss");
    REFUSE("Date,Time,close\n20200102,9,5\n20200102,10,6\n", 2, 10, "say --clock-format hh, --clock-format hhmm or --clock-format hhmmss");
    /* four digits are hours and minutes, and two hours, only where they can be */
    REFUSE("Date,Time,close\n20200102,1030,5\n20200102,2430,6\n", 2, 10, "say --clock-format hhmm or --clock-format hhmmss");
    REFUSE("Date,Time,close\n20200102,10,5\n20200102,59,6\n", 2, 10, "say --clock-format hhmm or --clock-format hhmmss");
    desc.clock_format = 2;
    clock_file(__LINE__, "Date,Time,Open,High,Low,Close\n", short_plain, "");
    REFUSE("Date,Time,close\n20200102,930,5\n20200102,10000,6\n", 2, 10, "Time goes up to 10000: not a time of day as hhmm, as --clock-format tells");
    desc.clock_format = 3;
    c = must("Date,Time,close\n20200102,930,5\n20200102,1000,6\n");
    if (c) { CHECK_INT(c->time[0], at(2020, 1, 2, 0, 9) + 30000); CHECK_INT(c->time[1], at(2020, 1, 2, 0, 10)); }
    lstmfc_candles_free(c);
    desc.clock_format = 1;
    c = must("Date,Time,close\n20200102,9,5\n20200102,23,6\n");
    if (c) { CHECK_INT(c->time[0], at(2020, 1, 2, 9, 0)); CHECK_INT(c->time[1], at(2020, 1, 2, 23, 0)); }
    lstmfc_candles_free(c);
    fresh();
    c = must("Date,Time,close\n20200102,00,5\n20200102,23,6\n");       /* two digits everywhere are hours */
    if (c) CHECK_INT(c->time[1], at(2020, 1, 2, 23, 0));
    lstmfc_candles_free(c);
    c = must("Date,Time,close\n01/02/2020,093000,5\n13/02/2020,000000,6\n");   /* day and month change places; the clock stays */
    if (c) CHECK_INT(c->time[0], at(2020, 2, 1, 9, 30));
    lstmfc_candles_free(c);
    REFUSE("Date,Time,close\n20200102,093000,5\n20200102,240000,6\n20200102,100000,6\n", 3, 10, "Time \"240000\": not a time of day: expected H:MM, H:MM:SS, HHMM or HHMMSS");
    REFUSE("Date,Time,close\n20200102,093000,5\n20200102,1000,6\n", 2, 10, "not all with as many digits");
    desc.columns = "clock=Time";
    REFUSE("Date,Time,close\n20200102,093000,5\n20200102,240000,6\n", 3, 10, "Time \"240000\": not a time of day: expected H:MM, H:MM:SS, HHMM or HHMMSS");
    REFUSE("Date,Time,close\n20200102,093000,5\n20200102,9:30,6\n", 3, 10, "written in another way");
    REFUSE("Date,Time,close\n2020-01-02 05:00,05:00,5\n", 1, 1, "Date has times of day by itself");
    desc.columns = "clock=";
    REFUSE("Date,Time,close\n20200102,093000,5\n20200102,093100,6\n", 3, 1, "the dates have no time of day");
    fresh();
    /* in one cell, as terminals export it; the width is the proof */
    CHECK_INT(time_of("20200102 093015"), at(2020, 1, 2, 9, 30) + 15000);
    CHECK_INT(time_of("20200102 0930"), at(2020, 1, 2, 9, 30));
    CHECK_INT(time_of("20200102T093000Z"), at(2020, 1, 2, 9, 30));
    CHECK_INT(time_of("20200102T093000+0200"), at(2020, 1, 2, 7, 30));
    CHECK_INT(time_of("20200102 93000"), -1);
    CHECK_INT(time_of("20200102 0930000"), -1);
    CHECK_INT(time_of("20200102 096100"), -1);
    CHECK_INT(time_of("2020-01-02 093000"), -1);
}

/* Rows of one time that differ: what is advised must not lose rows where something else is the likelier cause. */
TEST(rows_of_one_time) {
    const char *daily = "Date,close\n2020-01-01,1\n2020-01-02,2\n2020-01-03,3\n2020-01-04,4\n2020-01-05,5\n2020-01-06,6\n2020-01-07,7\n2020-01-08,8\n2020-01-09,9\n2020-01-09,10\n";
    const char *hourly = "Date,close\n2020-01-01 01:00,1\n2020-01-02 01:00,2\n2020-01-03 01:00,3\n2020-01-04 01:00,4\n2020-01-05 01:00,5\n2020-01-06 01:00,6\n"
                         "2020-01-07 01:00,7\n2020-01-08 01:00,8\n2020-01-09 01:00,9\n2020-01-09 01:00,10\n";
    static const char *const told[] = {
        /* whose cause is plain */
        "Date,at,close\n2020-01-02,9:30,5\n2020-01-02,9:31,6\n", "the dates have no time of day: --columns clock=at adds it",
        "Date,Time,close\n2020-01-02,half past nine,5\n2020-01-02,ten,6\n", "the dates have no time of day, and Time \"half past nine\" (line 2) was not used: not a time",
        "Date,n,close\n2020-01-02,1,5\n2020-01-02,2,6\n", "the dates have no time of day: name its column with --columns clock=NAME",
        "Date,Symbol,close\n2020-01-02,BTC,5\n2020-01-02,ETH,6\n", "Symbol is \"BTC\" in line 2 and \"ETH\" in line 3: keep the lines of one of them",
        "BTC,2020-01-02 05:00,5,9,4,7\nETH,2020-01-02 05:00,6,9,5,8\n", NULL,
        "Date,close\n2020-01-02 05:00,5\n2020-01-02 05:00,6\n2020-01-02 06:00,6\n", "1 of 3 rows are so: the times have lost their minutes or seconds, or several series stand in one file"
    };
    size_t i;
    lstmfc_candles *c;
    fresh();
    for (i = 0; i < sizeof told / sizeof told[0]; i += 2) {
        c = parse(told[i]);
        CHECK(!c && err.code == LSTMFC_ERROR_DATA && !strstr(err.message, "--duplicates"));
        if (told[i + 1]) CHECK_HAS(err.message, told[i + 1]);
        lstmfc_candles_free(c);
    }
    REFUSE(daily, 11, 1, "name its column with --columns clock=NAME; if there is none, --duplicates first or --duplicates last keeps one row of each time and drops 1");
    REFUSE(hourly, 11, 1, "9 there: --duplicates first or --duplicates last keeps one row of each time and drops 1");
    c = must("Date,Symbol,close\n2020-01-02,BTC,5\n2020-01-03,ETH,6\n");   /* no two rows collide: it is read, and told */
    CHECK_HAS(report.notes, "Symbol differs: \"BTC\" in line 2, \"ETH\" in line 3");
    lstmfc_candles_free(c);
}

/* Follows the advice of a refusal: the text behind --columns must read the file, every row of it. */
static lstmfc_candles *advised(const char *text, size_t rows) {
    static char columns[256];
    const char *at_text;
    lstmfc_candles *c;
    fresh();
    c = parse(text);
    at_text = strstr(err.message, "--columns ");
    if (!CHECK(!c && err.code == LSTMFC_ERROR_DATA && err.line == 1 && at_text && strstr(err.message, "no header line"))) { lstmfc_candles_free(c); return NULL; }
    snprintf(columns, sizeof columns, "%s", at_text + 10);
    desc.columns = columns;
    c = must(text);
    if (c) { CHECK_INT(c->count, rows); CHECK(c->close != NULL); }
    return c;
}

TEST(columns_without_a_header) {
    lstmfc_candles *c = advised("2020-01-01 00:00:00,7,8,9,6,5\n2020-01-01 01:00:00,8,7,8.5,6,5\n", 2);      /* open, close, high, low */
    if (c) CHECK(c->open[0] == 7 && c->close[0] == 8 && c->high[0] == 9 && c->low[0] == 6 && c->volume[0] == 5);
    lstmfc_candles_free(c);
    c = advised("1577836800000,7,9,6,8,5\n1577840400000,7,8.5,6,9,5\n", 2);            /* in order, with a bar that is broken */
    if (c) CHECK(c->open[0] == 7 && c->high[0] == 9 && c->low[0] == 6 && c->close[0] == 8);
    lstmfc_candles_free(c);
    c = advised("1577836800000,7,7,7,7,5\n1577840400000,7,7,7,7,5\n", 2);              /* flat: every order fits */
    if (c) CHECK(c->volume[0] == 5);
    lstmfc_candles_free(c);
    c = advised("2020-01-01,8\n2020-01-02,9\n", 2);
    if (c) CHECK(c->close[1] == 9);
    lstmfc_candles_free(c);
    c = advised("2020-01-01,a,8,3\n2020-01-02,b,9,4\n", 2);
    if (c) CHECK(c->close[1] == 9);
    lstmfc_candles_free(c);
    c = advised("2020-01-01,9:30,8,7,9,6\n2020-01-01,9:31,9,7,10,6\n", 2);              /* a clock, and prices in another order */
    if (c) CHECK(c->high[1] == 10 && c->low[1] == 6 && c->time[1] == at(2020, 1, 1, 9, 31));
    lstmfc_candles_free(c);
    c = advised("BTC,2020-01-01 00:00,7,9,6,8\nBTC,2020-01-01 01:00,7,9,6,8\n", 2);
    if (c) CHECK(c->high[1] == 9 && c->low[1] == 6 && c->close[1] == 8);
    lstmfc_candles_free(c);
    fresh();
    c = must("2020-01-01\n2020-01-02\n");                                              /* times alone need no names */
    if (c) CHECK(c->count == 2 && c->column_count == 0);
    lstmfc_candles_free(c);
    desc.columns = "close=";                                                            /* told: no column is a price */
    c = must("2020-01-01,8\n2020-01-02,9\n");
    if (c) CHECK(!c->close && c->column_count == 1);
    lstmfc_candles_free(c);
    desc.columns = "volume=column_6,close=close";                                       /* by place, or by the name it was given */
    c = must("1577836800000,7,9,6,8,5,4\n1577840400000,7,9,6,8,5,4\n");
    if (c) CHECK(c->close[0] == 8 && c->volume[0] == 5);
    lstmfc_candles_free(c);
    desc.columns = "";
    desc.decimal = 2;
    c = parse("time,close,x\n2020-01-01,1.5,2.5\n2020-01-02,1.5,2.5\n");
    CHECK(!c && err.code == LSTMFC_ERROR_DATA);
    c = parse("time,y,x\n2020-01-01,1.5,2.5\n2020-01-02,1.5,2.5\n");                     /* no column of numbers would be left */
    CHECK(!c && err.code == LSTMFC_ERROR_DATA);
    CHECK_HAS(err.message, "no column has numbers with a decimal comma, as --decimal tells: y, x");
}

/* What is no text is named for what it is, not shown. */
TEST(packed_files) {
    static const struct { const char *bytes; size_t length; const char *what; } packed[] = {
        {"\037\213\010\010\0\0\0\0", 8, "a gzip file: unpack it first (gunzip)"}, {"PK\003\004\024\0", 6, "a ZIP file or a spreadsheet"}, {"BZh91AY", 7, "bzip2"},
        {"\3757zXZ\0\0", 7, "an xz file"}, {"\050\265\057\375\004", 5, "Zstandard"}, {"\320\317\021\340\241\261", 6, "save the sheet as CSV"}, {"PAR1\025\004", 6, "Parquet"}
    };
    size_t i;
    fresh();
    for (i = 0; i < sizeof packed / sizeof packed[0]; i++) refuse_at(__LINE__, packed[i].bytes, packed[i].length, 1, 1, packed[i].what);
}

/* ---- cells ---- */

TEST(numbers) {
    CHECK_NEAR(number_of("1.5", 0), 1.5, 0);
    CHECK_NEAR(number_of("1,5", 0), 1.5, 0);
    CHECK_NEAR(number_of("11,105.8", 0), 11105.8, 0);
    CHECK_NEAR(number_of("2.620,00", 0), 2620, 0);
    CHECK_NEAR(number_of("1,234,567", 0), 1234567, 0);
    CHECK_NEAR(number_of("1.234.567", 0), 1234567, 0);
    CHECK_NEAR(number_of("0.123", 0), 0.123, 0);         /* no group of three begins with 0 */
    CHECK_NEAR(number_of("1234.567", 0), 1234.567, 0);
    CHECK_NEAR(number_of("698.62K", 0), 698620, 0);
    CHECK_NEAR(number_of("1.2M", 0), 1.2e6, 0);
    CHECK_NEAR(number_of("3b", 0), 3e9, 0);
    CHECK(lstmfc_is_nan(number_of("5.91%", 0)));        /* of a price it is no price; in further columns it is 0.0591 */
    CHECK_HAS(err.message, "close \"5.91%\" is a percentage");
    CHECK_NEAR(number_of("+1.5e3", 0), 1500, 0);
    CHECK_NEAR(number_of("2.92E-05", 0), 2.92e-5, 0);
    CHECK_NEAR(number_of("20.", 0), 20, 0);
    CHECK_NEAR(number_of(".5", 0), 0.5, 0);
    CHECK_NEAR(number_of(" 7 ", 0), 7, 0);
    CHECK_NEAR(number_of("1,234", 1), 1234, 0);
    CHECK_NEAR(number_of("1,234", 2), 1.234, 0);
    CHECK_NEAR(number_of("1.234", 2), 1234, 0);
    CHECK(lstmfc_is_nan(number_of("1,234", 0)));
    CHECK_HAS(err.message, "--decimal point or --decimal comma");
    CHECK(err.line == 2 && err.column == 12);
    CHECK(lstmfc_is_nan(number_of("1.234", 0)));
    CHECK(lstmfc_is_nan(number_of("1,5", 1)));
    CHECK_HAS(err.message, "as --decimal tells");
    CHECK(lstmfc_is_nan(number_of("1.5", 2)));
    {
        static const char *const bad[] = {"abc", "1.2.3", "1,23,456.7", "12,34", "1e", "e5", "--1", "1.5x", "inf", "-inf", "Infinity", "1e999", "0x10",
                                          "1 234", "$5", "1,2345.6", "12345,678.9", "1.5KK", "1e3K", "+", ".", ",", "1,,234", "99999999999999999999999999999999999999999999999999"};
        size_t i;
        for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
            if (strcmp(bad[i], "12,34") == 0) { CHECK_NEAR(number_of(bad[i], 0), 12.34, 0); continue; }
            if (!CHECK(lstmfc_is_nan(number_of(bad[i], 0)) && err.line == 2 && err.column == 12)) printf("    %s\n", bad[i]);
        }
    }
}

TEST(decimal_mark) {
    lstmfc_candles *c;
    fresh();
    /* 1.234 waits until 5,5 proves the comma; in an other column the same text has waited too */
    c = must("time;close;x\n2020-01-01;1.234;7.000\n2020-01-02;1.235;8\n2020-01-03;5,5;9\n");
    if (c) { CHECK_NEAR(c->close[0], 1234, 0); CHECK_NEAR(c->close[1], 1235, 0); CHECK_NEAR(c->close[2], 5.5, 0); CHECK_NEAR(c->columns[1].values[0], 7000, 0); }
    CHECK(report.decimal == ',' && report.separator == ';');
    lstmfc_candles_free(c);
    c = must("time;close\n2020-01-01;1.234\n2020-01-02;0.5\n");
    if (c) CHECK_NEAR(c->close[0], 1.234, 0);
    lstmfc_candles_free(c);
    /* between commas, unquoted, a decimal comma cannot be */
    c = must("time,close\n2020-01-01,1.234\n2020-01-02,1.235\n");
    if (c) CHECK_NEAR(c->close[0], 1.234, 0);
    lstmfc_candles_free(c);
    /* a column without a role decides only when the needed ones do not */
    c = must("time;close;x\n2020-01-01;1.234;0,5\n");
    if (c) CHECK_NEAR(c->close[0], 1234, 0);
    lstmfc_candles_free(c);
    /* and is no number when they prove the other mark */
    c = must("time;close;x\n2020-01-01;1.5;0,5\n");
    if (c) CHECK_INT(c->column_count, 1);
    CHECK_TEXT(report.ignored, "x");
    lstmfc_candles_free(c);
    REFUSE("time;close\n2020-01-01;1.234\n2020-01-02;1.235\n", 2, 12, "close \"1.234\" reads with a decimal point and with a decimal comma");
    REFUSE("time;close\n2020-01-01;1.5\n2020-01-02;1,5\n", 3, 12, "close \"1,5\" is not a number with a decimal point, which close \"1.5\" in line 2 has");
    REFUSE("time;open;close\n2020-01-01;1.057.030.998;1.5\n", 2, 12, "open \"1.057.030.998\" has several dots, but close \"1.5\" in line 2");
    REFUSE("time;open;close\n2020-01-01;1.5;1.057.030.998\n", 2, 16, "close \"1.057.030.998\" is not a number with a decimal point");
}

TEST(blanks) {
    static const char *const spellings[] = {"", "null", "NULL", "nan", "NaN", "NA", "N/A", "n/a", "-", "None", "  "};
    lstmfc_candles *c;
    char text[256];
    size_t i;
    fresh();
    for (i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        snprintf(text, sizeof text, "time,close,volume\n2020-01-01,1,2\n2020-01-02,2,%s\n2020-01-03,%s,4\n", spellings[i], spellings[i]);
        c = must(text);
        if (!c) continue;
        CHECK_INT(c->count, 2);
        CHECK(lstmfc_is_nan(c->volume[1]) && c->columns[1].missing && c->columns[1].missing[1] == 1 && c->columns[1].missing[0] == 0);
        CHECK(report.blank_cells == 2 && report.blank_rows == 1 && report.rows == 3 && report.kept == 2 && report.missing_bars == 0);
        CHECK(c->columns[0].blanks == 1 && c->columns[1].blanks == 1);
        lstmfc_candles_free(c);
    }
    /* some prices blank; no price at all; a line of separators */
    c = must("time,open,close\n2020-01-01,1,2\n2020-01-02,,2\n2020-01-03,,\n,,\n2020-01-05,1,0\n2020-01-06,1,-2\n2020-01-07,5,6\n");
    if (c) CHECK_INT(c->count, 2);
    CHECK(report.rows == 7 && report.bad_price_rows == 2 && report.negative_price_rows == 1 && report.blank_rows == 2 && report.zero_price_rows == 1 && report.blank_cells == 3);
    lstmfc_candles_free(c);
    {
        lstmfc_candles_report counts;                   /* no price: all but the blank are kept, and say so wherever they go */
        lstmfc_candles *part;
        desc.prices = LSTMFC_PRICES_ANY;
        c = must("time,close\n2020-01-01,1\n2020-01-02,-2.5\n2020-01-03,0\n2020-01-04,\n2020-01-05,-1\n");
        desc.prices = LSTMFC_PRICES_POSITIVE;
        if (c) {
            CHECK(c->count == 4 && c->any_prices == 1 && c->close[1] == -2.5 && c->close[2] == 0 && c->close[3] == -1);
            CHECK(report.blank_rows == 1 && report.negative_price_rows == 0 && report.zero_price_rows == 0);
            CHECK_OK(lstmfc_candles_check(c, &counts, &err), err);
            CHECK_INT(counts.nonpositive_prices, 3);
            part = lstmfc_candles_slice(c, 1, 2, &err);
            CHECK(part && part->any_prices == 1);
            lstmfc_candles_free(part);
            c->any_prices = 0;
            CHECK_INT(lstmfc_candles_check(c, &counts, &err), LSTMFC_ERROR_DATA);
            memset(&err, 0, sizeof err);
        }
        lstmfc_candles_free(c);
    }
    REFUSE("time,close\n2020-01-01,1\n,2\n", 3, 1, "time \"\": not a time");
    REFUSE("time,close\n2020-01-01,\n2020-01-02,0\n", 0, 0, "no bar is left of 2 rows: 1 without a value, 0 with a blank price, 0 with a negative one, 1 with a price of zero");
    c = must("time,x,empty\n2020-01-01,1,\n2020-01-02,,\n");   /* no prices: rows without any number go; a column without any is none */
    if (c) { CHECK_INT(c->count, 1); CHECK_INT(c->column_count, 1); }
    CHECK_TEXT(report.ignored, "empty");
    lstmfc_candles_free(c);
}

TEST(fill) {
    const char *text = "time,close,x\n2020-01-01,,\n2020-01-02,10,1\n2020-01-03,,\n2020-01-04,,\n2020-01-05,,\n2020-01-06,20,2\n2020-01-07,,3\n";
    lstmfc_candles *c;
    fresh();
    desc.max_fill = 2;
    c = must(text);
    if (c) {
        static const double close[] = {10, 10, 10, 20, 20}, x[] = {1, 1, 1, 2, 3};
        static const unsigned char missing[] = {0, 1, 1, 0, 1};
        size_t t;
        CHECK_INT(c->count, 5);
        for (t = 0; t < 5; t++) { CHECK_NEAR(c->close[t], close[t], 0); CHECK_NEAR(c->columns[1].values[t], x[t], 0); CHECK_INT(c->columns[0].missing[t], missing[t]); }
    }
    CHECK(report.filled_cells == 5 && report.blank_cells == 9 && report.blank_rows == 2 && report.missing_bars == 1);
    lstmfc_candles_free(c);
    fresh();                                            /* the default fills nothing */
    c = must(text);
    if (c) CHECK_INT(c->count, 2);
    CHECK_INT(report.filled_cells, 0);
    lstmfc_candles_free(c);
}

/* No bar kept up to t may depend on a later line: every prefix of the file gives the same first bars. */
TEST(no_look_ahead) {
    char text[4096];
    size_t length, ends[64], rows = 0, t, k;
    lstmfc_rng rng;
    lstmfc_candles *all, *part;
    fresh();
    desc.max_fill = 3;
    lstmfc_rng_seed(&rng, 4);
    length = (size_t)snprintf(text, sizeof text, "time,open,high,low,close,volume,x\n");
    for (t = 0; t < 60; t++) {
        double p = 10 + lstmfc_rng_uniform(&rng);
        int blank = lstmfc_rng_below(&rng, 3) == 0;
        length += (size_t)snprintf(text + length, sizeof text - length, "2020-01-%02d %02d:00:00,", (int)(1 + t / 24), (int)(t % 24));
        if (blank) length += (size_t)snprintf(text + length, sizeof text - length, ",,,,5,\n");
        else length += (size_t)snprintf(text + length, sizeof text - length, "%.2f,%.2f,%.2f,%.2f,%d,%s\n", p, p + 1, p - 1, p + 0.5, (int)t, t % 5 ? "1" : "");
        ends[rows++] = length;
    }
    all = parse_bytes(text, length);
    CHECK(all != NULL);
    for (k = 5; all && k < rows; k++) {
        part = parse_bytes(text, ends[k]);
        if (!part) { CHECK(part != NULL); continue; }
        CHECK(part->count <= all->count);
        CHECK_INT(lstmfc__series_fingerprint(part, 0, part->count), lstmfc__series_fingerprint(all, 0, part->count));
        lstmfc_candles_free(part);
    }
    lstmfc_candles_free(all);
}

/* ---- layout ---- */

TEST(separators) {
    static const char marks[] = {',', ';', '\t', '|'};
    static const char *const names[] = {"auto", ",", ";", "tab", "|", "\t"};
    lstmfc_candles *c;
    char text[256], *p;
    size_t i;
    for (i = 0; i < 4; i++) {
        fresh();
        strcpy(text, "time,open,high,low,close,volume\n2020-01-01,1.5,2,1,1.5,7\n2020-01-02,1.5,2,1,1.25,8\n");
        for (p = text; *p; p++) if (*p == ',') *p = marks[i];
        c = must(text);
        CHECK(report.separator == marks[i]);
        if (c) CHECK(c->count == 2 && c->close && c->volume);
        lstmfc_candles_free(c);
    }
    for (i = 0; i < 6; i++) {
        fresh();
        desc.separator = names[i];
        c = parse("time\tclose\n2020-01-01\t5\n");
        CHECK((c != NULL) == (i == 0 || i == 3 || i == 5));
        lstmfc_candles_free(c);
    }
    fresh();
    desc.separator = "9";
    c = parse("time,close\n2020-01-01,5\n");
    CHECK(!c && err.code == LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "--separator '9'");
    fresh();                                            /* decimal commas are as many as separators: the time decides */
    desc.columns = "close=column_2";
    c = must("27.12.2024;2.620,00;2.634,59\n24.12.2024;2.613,20;2.613,07\n");
    CHECK(report.separator == ';' && report.decimal == ',' && !report.has_header);
    if (c) CHECK_NEAR(lstmfc_candles_column(c, "column_2")[1], 2620, 0);
    lstmfc_candles_free(c);
    fresh();                                            /* a note full of semicolons and a date does not make them separators */
    c = must("time,close,note\n2020-01-01,5,a;2020-01-05;b;c\n2020-01-02,5,d\n");
    CHECK(report.separator == ',');
    lstmfc_candles_free(c);
    fresh();                                            /* one column of times only */
    c = must("time\n2020-01-01\n2020-01-02\n");
    if (c) CHECK(c->count == 2 && c->column_count == 0 && !c->close);
    lstmfc_candles_free(c);
}

TEST(lines_and_quotes) {
    lstmfc_candles *c;
    fresh();
    c = must("\357\273\277time,close\r\n2020-01-01,1\r\n\r\n2020-01-02,2");          /* BOM, CRLF, empty line, no line end at the end */
    if (c) CHECK_INT(c->count, 2);
    CHECK(report.bom && report.crlf);
    lstmfc_candles_free(c);
    c = must("time,close\r2020-01-01,1\r2020-01-02,2\r");                              /* CR alone */
    if (c) CHECK_INT(c->count, 2);
    lstmfc_candles_free(c);
    c = must("\"time\",\"a \"\"b\"\", c\",\"close\"\n\"Aug 02, 2020\", \"3\" ,\"11,105.8\"\n\"Aug 03, 2020\",\"4\",\"5.5\"\n");
    if (c) { CHECK_INT(c->count, 2); CHECK_TEXT(c->columns[0].name, "a \"b\", c"); CHECK_NEAR(c->close[0], 11105.8, 0); }
    lstmfc_candles_free(c);
    c = must("time,name,close\n2020-01-01,\"two\nlines\",1\n2020-01-02,b,2\n");       /* a line end inside quotes */
    if (c) CHECK_INT(c->count, 2);
    CHECK_TEXT(report.ignored, "name");
    lstmfc_candles_free(c);
    REFUSE("time,name,close\n2020-01-01,\"two\nlines\",1\n2020-01-02,b,x\n", 4, 14, "close \"x\" is not a number");
    REFUSE("time,name,close\n2020-01-01,\"two\nlines\",x\n", 3, 8, "close \"x\"");
    REFUSE("time,name,close\n2020-01-01,\"two\rlines\",x\n", 3, 8, "close \"x\"");
    REFUSE("time,name,close\n2020-01-01,\"two\r\nlines\",x\n", 3, 8, "close \"x\"");
    REFUSE("time,close\n2020-01-01,1\n2020-01-02,\"2\n2020-01-03,3\n", 3, 12, "the quote that opens here is never closed");
    REFUSE("time,close\n2020-01-01,1\n2020-01-02,\"2\"3\n", 3, 15, "text after a closing quote");
    REFUSE("time,close\n2020-01-01,1\n2020-01-02\n", 3, 1, "1 fields in this line, expected 2");
    REFUSE("time,close\n2020-01-01,1\n2020-01-02,2,3\n", 3, 14, "3 fields in this line, expected 2");
    REFUSE("time,close\n2020-01-01,1,2\n2020-01-02,2\n2020-01-03,2\n", 2, 14, "3 fields in this line, expected 2");
    {
        static const char nul[] = "time,close\n2020-01-01,1\n2020-01-02,\0002\n";
        refuse_at(__LINE__, nul, sizeof nul - 1, 3, 12, "a NUL byte");
        refuse_at(__LINE__, "\0", 1, 1, 1, "a NUL byte");
    }
    REFUSE("\377\376t\1", 1, 1, "UTF-16");
    REFUSE("time,\303\266\303\244,close\n2020-01-01,\303\266\303\244,bad\n", 2, 15, "\"bad\"");     /* columns are characters, not bytes */
}

TEST(header) {
    lstmfc_candles *c;
    fresh();
    c = must("https://www.example.com\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USD\n"
             "1577840400,2020-01-01 01:00:00,BTC/USD,7,8,6,7.5,2,15\n1577836800,2020-01-01 00:00:00,BTC/USD,7,8,6,7.5,2,15\n");
    CHECK(report.preamble_lines == 1 && report.header_line == 2 && report.has_header && report.descending);
    CHECK_TEXT(report.mapping, "time=unix, open=open, high=high, low=low, close=close, volume=Volume BTC");
    CHECK_TEXT(report.ignored, "date, symbol");
    lstmfc_candles_free(c);
    c = must("Times are UTC,https://www.example.com\ndate,symbol,open,high,low,close,volume_btc,volume\n2019-10-17 09-AM,BTCUSD,7,8,6,7.5,2,15\n");
    CHECK_HAS(report.mapping, "volume=volume_btc");     /* the symbol says which asset is the base */
    lstmfc_candles_free(c);
    c = must("Price,Close,High,Low,Open,Volume\nTicker,A,A,A,A,A\nDate,,,,,\n2020-01-01,7,9,6,8,5\n");
    CHECK_TEXT(report.mapping, "time=Date, open=Open, high=High, low=Low, close=Close, volume=Volume");
    CHECK(report.header_line == 1 && report.preamble_lines == 2);
    if (c) CHECK(c->open[0] == 8 && c->high[0] == 9 && c->low[0] == 6 && c->close[0] == 7);
    lstmfc_candles_free(c);
    c = must("TIMESTAMP,OPEN,HIGH,LOW,CLOSE,VOL.\n2020-01-01,7,9,6,8,5\n");
    if (c) CHECK(c->open && c->high && c->low && c->close && c->volume);
    lstmfc_candles_free(c);
    c = must("\"Tarih\",\"\305\236imdi\",\"A\303\247\304\261l\304\261\305\237\",\"Y\303\274ksek\",\"D\303\274\305\237\303\274k\",\"Hac.\",\"Fark %\"\n"
             "\"27.12.2024\",\"2.620,00\",\"2.634,59\",\"2.638,74\",\"2.611,30\",\"\",\"-0,55%\"\n");
    if (c) { CHECK(c->close[0] == 2620 && c->open[0] == 2634.59 && c->high[0] == 2638.74 && c->low[0] == 2611.30 && !c->volume + 1); CHECK_NEAR(lstmfc_candles_column(c, "Fark %")[0], -0.0055, 0); }
    lstmfc_candles_free(c);
    c = must("Date,Open,High,Low,Close,Adj Close,Volume\n2020-01-01,7,9,6,8,4,5\n");
    if (c) { CHECK(c->close[0] == 8); CHECK_NEAR(lstmfc_candles_column(c, "Adj Close")[0], 4, 0); CHECK_NEAR(lstmfc_candles_column(c, "adj close")[0], 4, 0); }
    lstmfc_candles_free(c);
    c = must(",Open,Close\n2020-01-01,7,8\n2020-01-02,7,8\n");      /* an index without a name */
    CHECK_TEXT(report.time_column, "column_1");
    lstmfc_candles_free(c);
    /* headers told */
    desc.header = 1;
    c = must("a,b\n2020-01-01,8\n");
    CHECK(report.has_header == 1);
    lstmfc_candles_free(c);
    fresh();                                            /* no known name: the line before the data */
    c = must("a,b\nc,d\n2020-01-01,5\n");
    CHECK(report.header_line == 2);
    lstmfc_candles_free(c);
    desc.header = 2;
    desc.columns = "close=column_2";
    c = must("2020-01-01,8\n2020-01-02,9\n");
    CHECK(!report.has_header);
    if (c) CHECK_INT(c->count, 2);
    lstmfc_candles_free(c);
    fresh();                                            /* without a header */
    c = must("1577836800000,7,9,6,8,5\n1577840400000,7,9,6,8,5\n");
    CHECK_TEXT(report.mapping, "time=open_time, open=open, high=high, low=low, close=close, volume=volume");
    lstmfc_candles_free(c);
    REFUSE("", 1, 1, "the file is empty");
    REFUSE("\n\n", 1, 1, "the file is empty");
    REFUSE("time,open,high,low,close,volume\n", 2, 1, "no data rows");
    REFUSE("open,high,low,close\n1,2,0.5,1\n1,2,0.5,1\n", 1, 1, "no column of times: the columns are open, high, low, close");
    REFUSE("hello\n", 1, 1, "");
    REFUSE("time,close\ngarbage,5\n2020-01-02,6\n", 2, 1, "time \"garbage\": not a time");
    REFUSE("time,close\n2020-01-02,6\ngarbage,5\n", 3, 1, "time \"garbage\": not a time");
    REFUSE("time,close,close\n2020-01-02,6,6\n", 1, 12, "two columns are called close");
    REFUSE("time,open,high,low,close\n2020-01-01,1,2,1,1\n2020-01-02,1,2,abc,1\n", 3, 16, "low \"abc\" is not a number");
}

TEST(mapping) {
    const char *text = "Date,btc_market_price,close,Volume (all)\n2020-01-01,7,8,9\n2020-01-02,7.5,8,9\n";
    lstmfc_candles *c;
    fresh();
    desc.columns = "close=btc_market_price, volume = Volume (all)";
    c = must(text);
    if (c) { CHECK(c->close[1] == 7.5 && c->volume[0] == 9); CHECK_INT(c->column_count, 3); CHECK(lstmfc_candles_column(c, "close") == c->close); }
    lstmfc_candles_free(c);
    desc.columns = "close=";
    c = must(text);
    if (c) CHECK(!c->close && lstmfc_candles_column(c, "close")[0] == 8);
    lstmfc_candles_free(c);
    desc.columns = "close=BTC_MARKET_PRICE";
    c = must(text);
    if (c) CHECK(c->close[0] == 7);
    lstmfc_candles_free(c);
    desc.columns = "close=btc_market_prise";
    c = parse(text);
    CHECK(!c && err.code == LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "no column 'btc_market_prise' for close (nearest: btc_market_price); the columns are Date, btc_market_price, close, Volume (all)");
    desc.columns = "clos=close";
    c = parse(text);
    CHECK(!c && err.code == LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "--columns 'clos=close': expected time, clock, open, high, low, close or volume");
    fresh();
    desc.columns = "time=b";
    c = must("a,b,close\n2020-01-01,2021-01-01,5\n");
    if (c) CHECK_INT(c->time[0], at(2021, 1, 1, 0, 0));
    lstmfc_candles_free(c);
    fresh();
    desc.columns = "close=symbol";                      /* a needed column is never ignored */
    REFUSE("time,symbol,close\n2020-01-01,BTC,5\n", 2, 12, "symbol \"BTC\" is not a number");
}

TEST(other_columns) {
    lstmfc_candles *c;
    char text[8192];
    size_t n, i;
    fresh();
    /* text after the sample of 64 rows turns a column without a role into no column; it never fails the load */
    n = (size_t)snprintf(text, sizeof text, "time,close,x,y\n");
    for (i = 0; i < 100; i++) n += (size_t)snprintf(text + n, sizeof text - n, "%d,5,%s,%d\n", (int)(1577836800 + 3600 * i), i == 90 ? "oops" : "1", (int)i);
    c = must(text);
    if (c) { CHECK(c->count == 100 && c->column_count == 2); CHECK_NEAR(lstmfc_candles_column(c, "y")[99], 99, 0); CHECK(!lstmfc_candles_column(c, "x")); }
    CHECK_TEXT(report.ignored, "x");
    lstmfc_candles_free(c);
    /* the first column of times is spoilt by a spreadsheet: the second one serves */
    c = must("unix,date,close\n1530100000,2020-01-01 00:00,5\n1.5301E+12,2020-01-01 01:00,6\n");
    if (c) CHECK_INT(c->time[1], at(2020, 1, 1, 1, 0));
    CHECK_TEXT(report.time_column, "date");
    CHECK_HAS(report.notes, "unix was not used as the time: an epoch time that a spreadsheet has rounded (\"1.5301E+12\" in line 3)");
    lstmfc_candles_free(c);
    REFUSE("unix,date,close\n1530100000,2020-01-01 00:00,5\n1.5301E+12,nonsense,6\n", 3, 12, "date \"nonsense\": not a time");
    c = must("# synthetic candles (lstmfc synth --bars 2 --seed 1)\ntime,close\n2020-01-01,1\n");
    if (c) CHECK_INT(c->synthetic, 1);
    lstmfc_candles_free(c);
    c = must("# real\ntime,close\n2020-01-01,1\n");
    if (c) CHECK_INT(c->synthetic, 0);
    lstmfc_candles_free(c);
    c = must("time,close,Volume BTC,Volume USD\n2020-01-01,100,5,500\n2020-01-02,100,500,5\n2020-01-03,100,0,5\n2020-01-04,100,5,5\n");
    CHECK_INT(report.exchanged_volumes, 1);
    CHECK_HAS(report.notes, "first at 2020-01-02T00:00:00Z");
    lstmfc_candles_free(c);
}

/* ---- order ---- */

TEST(order_and_duplicates) {
    lstmfc_candles *c;
    size_t t;
    fresh();
    c = must("time,close\n2020-01-05,5\n2020-01-04,4\n2020-01-02,2\n2020-01-03,3\n2020-01-01,1\n");
    if (c) for (t = 0; t < 5; t++) CHECK(c->close[t] == (double)(t + 1));
    CHECK(report.descending == 1 && report.out_of_order == 1);
    lstmfc_candles_free(c);
    c = must("time,close\n2020-01-01,1\n2020-01-03,3\n2020-01-02,2\n2020-01-04,4\n2020-01-04,4\n2020-01-05,5\n");
    if (c) { CHECK_INT(c->count, 5); for (t = 0; t < 5; t++) CHECK(c->close[t] == (double)(t + 1)); }
    CHECK(!report.descending && report.out_of_order == 1 && report.duplicate_rows == 1 && report.conflicting_rows == 0);
    lstmfc_candles_free(c);
    REFUSE("close,time\n1,2020-01-01\n2,2020-01-02\n3,2020-01-02\n", 4, 3, "2020-01-02T00:00:00Z is also the time of line 3, but close is 3 here and 2 there");
    REFUSE("time,close,volume\n2020-01-03,1,1\n2020-01-02,2,7\n2020-01-02,2,8\n2020-01-01,2,7\n", 4, 1, "also the time of line 3, but volume is 8 here and 7 there");
    CHECK(report.conflicting_rows == 1 && report.conflicting_prices == 0);
    desc.duplicates = 1;
    c = must("time,close\n2020-01-02,2\n2020-01-02,3\n2020-01-01,1\n");
    if (c) CHECK(c->count == 2 && c->close[1] == 2);
    CHECK(report.duplicate_rows == 1 && report.conflicting_rows == 1 && report.conflicting_prices == 1);
    lstmfc_candles_free(c);
    desc.duplicates = 2;
    c = must("time,close\n2020-01-02,2\n2020-01-02,3\n2020-01-02,4\n2020-01-01,1\n");
    if (c) CHECK(c->count == 2 && c->close[1] == 4);
    lstmfc_candles_free(c);
    fresh();                                            /* a blank contradicts nothing */
    c = must("time,close,x\n2020-01-01,2,\n2020-01-01,2,5\n");
    CHECK(c && report.duplicate_rows == 1 && report.conflicting_rows == 0);
    lstmfc_candles_free(c);
}

/* Random permutations with repeats against a plain insertion. */
TEST(sorting) {
    lstmfc_rng rng;
    int round;
    lstmfc_rng_seed(&rng, 9);
    fresh();
    desc.duplicates = 1;
    for (round = 0; round < 200; round++) {
        char text[4096];
        int64_t best[64];
        double value[64];
        size_t n = 1 + (size_t)lstmfc_rng_below(&rng, 40), used = (size_t)snprintf(text, sizeof text, "time,close\n"), distinct = 0, i, k;
        lstmfc_candles *c;
        for (i = 0; i < n; i++) {
            int day = 1 + (int)lstmfc_rng_below(&rng, 28);
            int64_t time = at(2020, 1, day, 0, 0);
            used += (size_t)snprintf(text + used, sizeof text - used, "2020-01-%02d,%d\n", day, (int)i + 1);
            for (k = 0; k < distinct && best[k] != time; k++) continue;
            if (k < distinct) continue;
            for (k = distinct++; k > 0 && best[k - 1] > time; k--) { best[k] = best[k - 1]; value[k] = value[k - 1]; }
            best[k] = time;
            value[k] = (double)(i + 1);
        }
        c = must(text);
        if (!c) return;
        CHECK_INT(c->count, distinct);
        for (i = 0; i < distinct && i < c->count; i++) CHECK(c->time[i] == best[i] && c->close[i] == value[i]);
        lstmfc_candles_free(c);
    }
}

TEST(ends) {
    const char *text = "time,close\n2020-01-01 00:00,1\n2020-01-01 01:00,2\n2020-01-01 02:00,3\n2020-01-01 05:00,4\n";
    lstmfc_candles *c;
    fresh();
    desc.now = at(2020, 1, 1, 5, 59);
    c = must(text);
    if (c) CHECK_INT(c->count, 3);
    CHECK(report.unclosed == 1 && report.interval == 3600000 && report.missing_bars == 0);
    lstmfc_candles_free(c);
    desc.now++; desc.now += 59999;                      /* 06:00 exactly: closed */
    c = must(text);
    if (c) CHECK_INT(c->count, 4);
    CHECK(report.missing_bars == 2 && report.gaps == 1);
    lstmfc_candles_free(c);
    desc.drop_last = 1;
    c = must(text);
    if (c) CHECK_INT(c->count, 3);
    lstmfc_candles_free(c);
    desc.now = at(2020, 1, 1, 5, 30);                   /* open, so it goes; the one before is closed and stays */
    c = must(text);
    if (c) CHECK_INT(c->count, 3);
    lstmfc_candles_free(c);
    fresh();                                            /* 2.6 intervals: two bars are missing; 1.4: none */
    c = must("time,close\n2020-01-01 00:00,1\n2020-01-01 01:00,2\n2020-01-01 02:00,3\n2020-01-01 04:36,4\n2020-01-01 06:00,4\n2020-01-01 07:00,4\n");
    CHECK(report.missing_bars == 2 && report.gaps == 1);
    lstmfc_candles_free(c);
    fresh();
    desc.last = 2;
    c = must(text);
    if (c) CHECK(c->count == 2 && c->close[0] == 3 && c->close[1] == 4 && c->interval == 3600000);
    CHECK_INT(report.kept, 2);
    lstmfc_candles_free(c);
    fresh();                                            /* commonest step without a majority: the smaller of two */
    c = must("time,close\n2020-01-01,1\n2020-01-02,1\n2020-01-04,1\n2020-01-05,1\n2020-01-07,1\n");
    if (c) CHECK_INT(c->interval, 86400000);
    lstmfc_candles_free(c);
    c = must("time,close\n2020-01-01,1\n");
    if (c) CHECK_INT(c->interval, 0);
    lstmfc_candles_free(c);
}

TEST(arguments) {
    lstmfc_error first;
    lstmfc_candles *c;
    fresh();
    CHECK(!lstmfc_candles_parse_csv(NULL, 5, NULL, &err) && err.code == LSTMFC_ERROR_ARGUMENT);
    fresh();
    CHECK(!lstmfc_candles_load_csv("/nonexistent/file.csv", NULL, &err) && err.code == LSTMFC_ERROR_OPEN);
    CHECK_HAS(err.message, "/nonexistent/file.csv: cannot be opened: no such file or directory");
    fresh();
    CHECK(!lstmfc_candles_load_csv("/", NULL, &err) && err.code == LSTMFC_ERROR_OPEN);
    CHECK_HAS(err.message, "it is a directory");
    CHECK(!lstmfc_candles_load_csv(NULL, NULL, NULL));
    first = err;
    CHECK(!lstmfc_candles_slice(NULL, 0, 0, &err));
    CHECK_TEXT(err.message, first.message);             /* the earlier error stays */
    fresh();
    desc.duplicates = 7;
    c = parse("time,close\n2020-01-01,1\n");
    CHECK(!c && err.code == LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "duplicates");
    {
        size_t count = 0;
        CHECK(lstmfc_csv_desc_fields(&count) && count == 12);
        desc = lstmfc_csv_desc_default();
        CHECK(desc.max_fill == LSTMFC_NONE && desc.last == 0);
        CHECK_TEXT(desc.separator, "auto");
    }
}

/* ---- the series object ---- */

TEST(series) {
    lstmfc_candles *c, *s, own;
    lstmfc_candles_report r;
    int64_t time[3] = {0, 3600000, 7200000};
    double close[3] = {1, 2, 3}, open[3] = {1, 2, 3}, high[3] = {2, 3, 4}, low[3] = {0.5, 1, 2}, volume[3] = {1, 1, 1};
    size_t t;
    fresh();
    c = lstmfc_candles_create(2, NULL, &err);
    CHECK(c && c->count == 2 && c->column_count == 5 && c->close == c->columns[3].values && c->close[1] == 0 && c->time[0] == 0);
    CHECK_TEXT(c->columns[4].name, "volume");
    c->time[1] = 60000;
    for (t = 2; t < 100; t++) CHECK_OK(lstmfc_candles_append(c, (int64_t)t * 60000, 1, 3, 0.5, 2, (double)t, &err), err);
    CHECK(c->count == 100 && c->volume[99] == 99 && c->volume[2] == 2 && c->high == c->columns[1].values && c->time[99] == 99 * 60000);
    CHECK(lstmfc_candles_append(c, 99 * 60000, 1, 1, 1, 1, 1, &err) == LSTMFC_ERROR_ARGUMENT && c->count == 100);
    CHECK_HAS(err.message, "1970-01-01T01:39:00Z is not later than the last bar's 1970-01-01T01:39:00Z");
    s = lstmfc_candles_slice(c, 90, 10, &err);
    CHECK(s && s->count == 10 && s->volume[0] == 90 && s->time[9] == 99 * 60000 && s->internal != c->internal);
    CHECK(lstmfc__series_fingerprint(c, 90, 10) == lstmfc__series_fingerprint(s, 0, 10) && lstmfc__series_fingerprint(c, 89, 10) != lstmfc__series_fingerprint(s, 0, 10));
    lstmfc_candles_free(c);
    c = lstmfc_candles_slice(s, 0, 5, &err);
    CHECK(c && lstmfc__series_fingerprint(s, 0, 5) == lstmfc__series_fingerprint(c, 0, 5) && lstmfc__series_fingerprint(s, 0, 6) != lstmfc__series_fingerprint(c, 0, 5));
    c->low[4] = 0.25;
    CHECK(lstmfc__series_fingerprint(s, 0, 5) != lstmfc__series_fingerprint(c, 0, 5) && lstmfc__series_fingerprint(s, 0, 4) == lstmfc__series_fingerprint(c, 0, 4));
    CHECK(!lstmfc_candles_slice(s, 5, 6, &err) && !lstmfc_candles_slice(s, 11, 0, &err));
    lstmfc_candles_free(c);
    lstmfc_candles_free(s);
    c = lstmfc_candles_create(0, NULL, &err);
    CHECK(c && c->count == 0);
    CHECK_OK(lstmfc_candles_append(c, 5, 1, 1, 1, 1, 1, &err), err);
    s = lstmfc_candles_slice(c, 0, 0, &err);
    CHECK(s && s->count == 0);
    lstmfc_candles_free(s);
    lstmfc_candles_free(c);
    lstmfc_candles_free(NULL);

    /* over the caller's own arrays */
    memset(&own, 0, sizeof own);
    own.count = 3; own.time = time; own.close = close;
    CHECK(lstmfc_candles_check(&own, &r, &err) == LSTMFC_OK && r.first_bad_row == -1);
    CHECK(lstmfc_candles_append(&own, 9000000, 1, 1, 1, 1, 1, &err) == LSTMFC_ERROR_ARGUMENT);
    s = lstmfc_candles_slice(&own, 1, 2, &err);
    CHECK(s && s->close[0] == 2 && !s->open && s->column_count == 1);
    CHECK_OK(lstmfc_candles_append(s, 9000000, 9, 9, 9, 4, 9, &err), err);
    CHECK(s->close[2] == 4);
    CHECK(lstmfc_candles_column(&own, "close") == close && !lstmfc_candles_column(&own, "open") && !lstmfc_candles_column(&own, "x"));
    lstmfc_candles_free(s);
    lstmfc_candles_free(&own);                          /* nothing to free */
    own.open = open; own.high = high; own.low = low; own.volume = volume;
    CHECK(lstmfc_candles_check(&own, &r, &err) == LSTMFC_OK && r.ohlc_violations == 0);
    high[1] = 1.5; volume[2] = -1;
    CHECK(lstmfc_candles_check(&own, &r, &err) == LSTMFC_OK && r.ohlc_violations == 1 && r.negative_volumes == 1);
    close[2] = lstmfc_nan();
    CHECK(lstmfc_candles_check(&own, &r, &err) == LSTMFC_ERROR_DATA && r.nan_cells == 1 && r.first_bad_row == 2);
    CHECK_HAS(err.message, "bar 2 (1970-01-01T02:00:00Z): a price is not a number");
    low[0] = 0;
    CHECK(lstmfc_candles_check(&own, &r, &err) == LSTMFC_ERROR_DATA && r.nonpositive_prices == 1 && r.first_bad_row == 0);
    time[1] = 0;
    CHECK(lstmfc_candles_check(&own, &r, &err) == LSTMFC_ERROR_DATA && r.duplicate_times == 1);
    time[1] = -5;
    CHECK(lstmfc_candles_check(&own, &r, &err) == LSTMFC_ERROR_DATA && r.backward_times == 1);
    time[0] = INT64_MAX; time[1] = INT64_MIN;          /* whatever the times are, no overflow */
    lstmfc_candles_check(&own, NULL, &err);

    /* further columns: slice, fingerprint, append */
    c = must("time,close,x\n2020-01-01,1,5\n2020-01-02,2,\n2020-01-03,3,7\n");
    if (!c) return;
    s = lstmfc_candles_slice(c, 1, 2, &err);
    CHECK(s && lstmfc_is_nan(s->columns[1].values[0]) && s->columns[1].missing[0] == 1 && s->columns[1].missing[1] == 0 && s->columns[1].blanks == 1);
    CHECK(s && lstmfc__series_fingerprint(s, 0, 2) == lstmfc__series_fingerprint(c, 1, 2));        /* of the rows alone, wherever they begin */
    CHECK_OK(lstmfc_candles_append(s, at(2020, 1, 4, 0, 0), 0, 0, 0, 4, 0, &err), err);
    CHECK(s->columns[1].missing[0] == 1 && s->columns[1].blanks == 1);
    CHECK(lstmfc_is_nan(s->columns[1].values[2]) && s->columns[1].missing[2] == 1 && s->close[2] == 4 && s->columns[1].missing[1] == 0);
    {
        int64_t before = lstmfc__series_fingerprint(c, 0, 3);
        uint64_t other_nan = ((uint64_t)0xfff8 << 48) + 5;
        memcpy(&c->columns[1].values[1], &other_nan, sizeof other_nan);
        CHECK_INT(lstmfc__series_fingerprint(c, 0, 3), before);    /* a blank is a blank */
    }
    { int64_t before = lstmfc__series_fingerprint(c, 0, 3); c->columns[1].values[2] = 8; CHECK(lstmfc__series_fingerprint(c, 0, 3) != before); }
    lstmfc_candles_free(s);
    lstmfc_candles_free(c);
}

/* ---- streams ---- */

static FILE *open_scratch(char *path, size_t size) {
    static int number;
    snprintf(path, size, "scratch-%d.csv", number++);
    return fopen(path, "wb+");
}

/* The same through a file, whatever stands at the borders of its blocks. */
static void same_through_file(const char *text, size_t length) {
    char path[512];
    FILE *file = open_scratch(path, sizeof path);
    lstmfc_csv_report memory;
    lstmfc_candles *a = parse_bytes(text, length), *b;
    lstmfc_error memory_err = err;
    memory = report;
    if (!file) { CHECK(file != NULL); lstmfc_candles_free(a); return; }
    CHECK(fwrite(text, 1, length, file) == length);
    fclose(file);
    memset(&err, 0, sizeof err);
    b = lstmfc_candles_load_csv(path, &desc, &err);
    CHECK((a != NULL) == (b != NULL));
    CHECK(err.code == memory_err.code && err.line == memory_err.line && err.column == memory_err.column);
    CHECK(memcmp(&memory, &report, sizeof report) == 0);
    if (a && b) CHECK(a->count == b->count && lstmfc__series_fingerprint(a, 0, a->count) == lstmfc__series_fingerprint(b, 0, b->count));
    lstmfc_candles_free(a);
    lstmfc_candles_free(b);
    remove(path);
}

TEST(streaming) {
    size_t size = 4000000, n, i, k, target;
    char *text = (char *)malloc(size), path[512];
    test_allocator counter;
    lstmfc_env env = test_env(&counter);
    FILE *file;
    lstmfc_candles *c;
    fresh();
    n = (size_t)snprintf(text, size, "time,symbol,close,volume\r\n");
    for (i = 0; n + 300 < 1200000; i++)
        n += (size_t)snprintf(text + n, size - n, "%lld,\"a \"\"%.*s\"\"\r\nb\",%d.25,%d\r\n", (long long)(1577836800 + 60 * (long long)i), (int)(i * 7 % 90),
                              "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890", (int)(i % 1000 + 1), (int)i);
    for (target = n - 40; target <= n; target += 3) same_through_file(text, target);
    for (i = 0; i < 130; i++) {                         /* the block's border anywhere in a record; the last line is an error with a line number */
        size_t used = (size_t)snprintf(text, size, "#%.*s\ntime,symbol,close\r\n", (int)i,
                                       "----------------------------------------------------------------------------------------------------------------------------------");
        for (k = 0; used < 270000; k++)
            used += (size_t)snprintf(text + used, size - used, "%lld,\"a \"\"b\"\"\r\n\"\"\"\"\",%d.25\r\n", (long long)(1577836800 + 60 * (long long)k), (int)k + 1);
        used += (size_t)snprintf(text + used, size - used, "1,2,3\r\n");
        same_through_file(text, used);
    }
    n = (size_t)snprintf(text, size, "time,note,close\n");
    for (i = 0; i < 15000; i++) {
        n += (size_t)snprintf(text + n, size - n, "%lld,", (long long)(1577836800 + 60 * (long long)i));
        memset(text + n, 'x', 200);
        n += 200;
        n += (size_t)snprintf(text + n, size - n, ",%d\n", (int)i + 1);
    }
    file = open_scratch(path, sizeof path);
    CHECK(file && fwrite(text, 1, n, file) == n);
    if (file) fclose(file);
    desc.env = &env;
    c = lstmfc_candles_load_csv(path, &desc, &err);
    CHECK(c && c->count == 15000);
    lstmfc_candles_free(c);
    CHECK(n > 3000000 && counter.peak_bytes < 1900000); /* memory grows with the kept numbers, not with the text */
    CHECK(counter.live == 0 && counter.live_bytes == 0);
    if (freopen(path, "rb", stdin)) {
        fresh();
        c = lstmfc_candles_load_csv("-", &desc, &err);
        CHECK(c && c->count == 15000);
        lstmfc_candles_free(c);
    }
    env.limits.file_bytes = 1000000;
    desc.env = &env;
    c = lstmfc_candles_load_csv(path, &desc, &err);
    CHECK(!c && err.code == LSTMFC_ERROR_LIMIT);
    env.limits.file_bytes = 0;
    env.limits.elements = 1000;
    c = parse_bytes(text, n);
    CHECK(!c && err.code == LSTMFC_ERROR_LIMIT);
    remove(path);
    free(text);
}

TEST(long_cells) {
    size_t n, size = 3000000;
    char *text = (char *)malloc(size);
    lstmfc_candles *c;
    fresh();
    n = (size_t)snprintf(text, size, "time,note,close\n2020-01-01,");
    memset(text + n, 'x', 100000);
    n += 100000;
    n += (size_t)snprintf(text + n, size - n, ",5\n2020-01-02,y,6\n");
    c = parse_bytes(text, n);
    CHECK(c && c->count == 2);
    lstmfc_candles_free(c);
    same_through_file(text, n);
    n = (size_t)snprintf(text, size, "time,close\n2020-01-01,5\n2020-01-02,");
    memset(text + n, '7', 100000);
    n += 100000;
    text[n++] = '\n';
    refuse_at(__LINE__, text, n, 3, 12, "close \"777777777777777777777777777777777777777777777777777777777777...\" is not a number");
    memset(text + 24, 'x', 2000000);                    /* a line of two million bytes */
    refuse_at(__LINE__, text, 2000000, 3, 1, "a line of more than 1048576 bytes");
    same_through_file(text, 2000000);
    text[24] = '"';
    refuse_at(__LINE__, text, 2000000, 3, 1, "the quote that opens here is never closed");
    same_through_file(text, 2000000);
    memset(text, 'x', 400000);                          /* a first line larger than the sample */
    refuse_at(__LINE__, text, 400000, 1, 1, "a first line of more than 262144 bytes");
    n = (size_t)snprintf(text, size, "Price,Close\nDate");  /* a second header line, but no name: it would not fit the names' block */
    memset(text + n, '.', 9000);
    n += 9000;
    n += (size_t)snprintf(text + n, size - n, ",\n2020-01-01,5\n2020-01-02,6\n");
    c = parse_bytes(text, n);
    CHECK(c && c->count == 2);
    CHECK_TEXT(report.time_column, "Price");
    lstmfc_candles_free(c);
    free(text);
}

/* ---- mangled bytes ---- */

#define NINE ";1;2;3;4;5;6;7;8;9"
#define NAMES ";a;b;c;d;e;f;g;h;i"
static const char *const small_files[] = {
    "time;close" NAMES NAMES NAMES NAMES "\n2020-01-01;1" NINE NINE NINE NINE "\n2020-01-02;2" NINE NINE NINE NINE "\n",
    "time,open,high,low,close,volume\n2020-01-01 00:00:00,1,2,0.5,1.5,10\n2020-01-01 01:00:00,1,2,0.5,1.25,11\n2020-01-01 02:00:00,1,2,0.5,,12\n",
    "\357\273\277\"Date\",\"Price\",\"Vol.\",\"Change %\"\r\n\"Aug 02, 2020\",\"11,105.8\",\"698.62K\",\"-5.91%\"\r\n\"Aug 01, 2020\",\"11,803.1\",\"-\",\"4.14%\"\r\n",
    "https://x.y\nunix;date;symbol;close;Volume BTC;Volume USD\n1577840400;01/02/2020;BTC;1.234;5;6\n1577836800;02/02/2020;BTC;1.235;5;6\n1577836800000;13/02/2020;BTC;1,5;5;6\n",
    "1577836800000,7.5,9,6,8,5\n1577840400000,7.5,9,6,8,5\n1577840400000,7.5,9,6,8,5\n1.57784E+12,7.5,9,6,8,5\n",
    "# synthetic\nPrice,Close,Open\nTicker,A,A\nDate,,\n2020-01-03,1,2\n2020-01-01,3,4\n2020-01-02,5,\"6\"\n"
};

TEST(truncated_at_every_byte) {
    size_t f, n, read = 0, refused = 0;
    for (f = 0; f < sizeof small_files / sizeof small_files[0]; f++)
        for (n = 0; n <= strlen(small_files[f]); n++) {
            lstmfc_candles *c;
            fresh();
            c = parse_bytes(small_files[f], n);
            if (c) { read++; CHECK(c->count > 0 && report.kept == (int64_t)c->count); }
            else { refused++; CHECK(err.code == LSTMFC_ERROR_DATA && err.message[0]); }
            lstmfc_candles_free(c);
        }
    CHECK(read > 50 && refused > 50);
}

TEST(every_byte_altered) {
    static const char bytes[] = {0, '"', ',', ';', '\n', '\r', '9', '-', '.', 'e', 'x', ' ', '\200', '\377'};
    size_t f, n, b;
    for (f = 0; f < sizeof small_files / sizeof small_files[0]; f++) {
        size_t length = strlen(small_files[f]);
        for (n = 0; n < length; n++)
            for (b = 0; b < sizeof bytes; b++) {
                char text[512];
                lstmfc_candles *c;
                memcpy(text, small_files[f], length);
                text[n] = bytes[b];
                fresh();
                c = parse_bytes(text, length);
                CHECK(c ? c->count > 0 : err.code == LSTMFC_ERROR_DATA && err.message[0] != 0);
                lstmfc_candles_free(c);
            }
    }
}

/* ---- memory ---- */

static lstmfc_result parse_all(const lstmfc_env *env, void *context) {
    size_t f;
    lstmfc_error e;
    int64_t *expected = (int64_t *)context, print;
    for (f = 0; f < sizeof small_files / sizeof small_files[0]; f++) {
        lstmfc_csv_desc d;
        lstmfc_candles *c, *s = NULL;
        memset(&d, 0, sizeof d);
        memset(&e, 0, sizeof e);
        d.env = env;
        d.duplicates = 1;
        c = lstmfc_candles_parse_csv(small_files[f], strlen(small_files[f]), &d, &e);
        print = c ? lstmfc__series_fingerprint(c, 0, c->count) : 0;
        if (!env) expected[f] = print;
        else if (c && print != expected[f]) lstmfc__fail(&e, LSTMFC_ERROR_DATA, "read differently after an allocation failed");
        if (c) s = lstmfc_candles_slice(c, 0, 1, &e);
        if (s) lstmfc_candles_append(s, LSTMFC_TIME_LAST, 1, 1, 1, 1, 1, &e);
        lstmfc_candles_free(s);
        lstmfc_candles_free(c);
        if (e.code == LSTMFC_ERROR_MEMORY) return e.code;
        if (e.code && f != 4) return e.code;            /* the fifth is refused for its rounded time */
    }
    return LSTMFC_OK;
}

static lstmfc_result load_file(const lstmfc_env *env, void *context) {
    lstmfc_error e;
    lstmfc_csv_desc d;
    lstmfc_candles *c;
    memset(&d, 0, sizeof d);
    memset(&e, 0, sizeof e);
    d.env = env;
    c = lstmfc_candles_load_csv((const char *)context, &d, &e);
    lstmfc_candles_free(c);
    return e.code;
}

TEST(memory) {
    char path[512], line[64];
    FILE *file = open_scratch(path, sizeof path);
    int i;
    int64_t expected[sizeof small_files / sizeof small_files[0]];
    CHECK(parse_all(NULL, expected) == LSTMFC_OK);
    torture("csv", parse_all, expected);
    CHECK(file != NULL);
    if (!file) return;
    fputs("time,close,x\n", file);
    for (i = 0; i < 12000; i++) { snprintf(line, sizeof line, "%d,%d.5,%s\n", 1577836800 + i * 7 % 12000 * 60, i + 1, i % 3 ? "1.234" : ""); fputs(line, file); }
    fclose(file);
    torture("csv file", load_file, path);
    remove(path);
}

/* ---- synthetic candles ---- */

TEST(synthetic) {
    lstmfc_candles *a, *b, *c;
    lstmfc_candles_report r;
    fresh();
    a = synthetic_candles(5000, 7, 1640995200000, 3600000, &err);
    b = synthetic_candles(5000, 7, 1640995200000, 3600000, &err);
    c = synthetic_candles(5000, 8, 1640995200000, 3600000, &err);
    CHECK(a && b && c && a->synthetic && a->count == 5000 && a->interval == 3600000);
    CHECK_INT(lstmfc__series_fingerprint(a, 0, 5000), lstmfc__series_fingerprint(b, 0, 5000));
    CHECK(lstmfc__series_fingerprint(a, 0, 5000) != lstmfc__series_fingerprint(c, 0, 5000));
    CHECK_INT(lstmfc__series_fingerprint(a, 0, 5000), -4827251795259752196LL);      /* the same on every machine */
    CHECK_OK(lstmfc_candles_check(a, &r, &err), err);
    CHECK(r.ohlc_violations == 0 && r.gaps == 0 && r.negative_volumes == 0);
    {
        double m2 = 0, m4 = 0, near = 0, size = 0, both = 0, volume2 = 0, mean = 0, log_volume = 0;
        size_t t;
        for (t = 1; t < a->count; t++) {
            double x = log(a->close[t] / a->close[t - 1]);
            m2 += x * x; m4 += x * x * x * x; mean += fabs(x) / 4999; log_volume += log(a->volume[t]) / 4999;
            CHECK(floor(a->close[t] * 100 + 0.5) / 100 == a->close[t]);         /* whole cents */
        }
        for (t = 2; t < a->count; t++) {
            double x = fabs(log(a->close[t] / a->close[t - 1])) - mean, y = fabs(log(a->close[t - 1] / a->close[t - 2])) - mean, v = log(a->volume[t]) - log_volume;
            near += x * y; size += x * x; both += x * v; volume2 += v * v;
        }
        CHECK(m4 * 4999 / (m2 * m2) > 5);               /* fat tails: 3 for normal returns */
        CHECK(near / size > 0.1);                       /* volatility clusters */
        CHECK(both / sqrt(size * volume2) > 0.2);       /* volume follows it */
    }
    lstmfc_candles_free(a);
    lstmfc_candles_free(b);
    lstmfc_candles_free(c);
}

TEST(locale) {
    lstmfc_candles *c;
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "de_DE.utf8")) SKIP("locale de_DE is not installed (locales-all)");
    fresh();
    c = must("time,close\n2020-01-01,1.5\n");
    if (c) CHECK_NEAR(c->close[0], 1.5, 0);
    lstmfc_candles_free(c);
    setlocale(LC_ALL, "C");
}

/* ---- real files ---- */

static lstmfc_candles *data(const char *name, int *skipped) {
    const char *path = data_path(name);
    lstmfc_candles *c = NULL;
    *skipped = !path;
    if (!path) return NULL;
    memset(&err, 0, sizeof err);
    desc.report = &report;
    c = lstmfc_candles_load_csv(path, &desc, &err);
    if (!c) { CHECK(c != NULL); printf("    %s\n", err.message); }
    return c;
}
#define DATA(c, name) do { int skipped; c = data(name, &skipped); if (skipped) SKIP("market data not found (LSTMFC_DATA)"); if (!c) return; } while (0)
#define SPAN(c, first, last) do { char text_[32]; lstmfc_format_time(text_, (c)->time[0]); CHECK_TEXT(text_, first); \
                                  lstmfc_format_time(text_, (c)->time[(c)->count - 1]); CHECK_TEXT(text_, last); } while (0)

TEST(data_btcusdt) {
    lstmfc_candles *c;
    fresh();
    DATA(c, "btcusdt_1h.csv");
    CHECK(c->count == 34349 && report.rows == 34349 && report.missing_bars == 1 && report.gaps == 1 && report.zero_volume == 1);
    CHECK(report.ohlc_violations == 0 && report.duplicate_rows == 0 && report.blank_cells == 0 && c->interval == 3600000 && !report.descending);
    SPAN(c, "2022-01-01T00:00:00Z", "2025-12-02T05:00:00Z");
    CHECK(c->open[0] == 46216.93 && c->high[0] == 46731.39 && c->low[0] == 46208.37 && c->close[0] == 46656.13 && c->volume[0] == 1503.33095);
    {
        size_t t;
        double low = c->close[0], high = c->close[0];
        for (t = 0; t < c->count; t++) { if (c->close[t] < low) low = c->close[t]; if (c->close[t] > high) high = c->close[t]; }
        CHECK(low == 15649.52 && high == 126011.18);
    }
    lstmfc_candles_free(c);
    desc.now = at(2025, 12, 2, 5, 30);                  /* saved while the last bar was open */
    DATA(c, "btcusdt_1h.csv");
    CHECK(c->count == 34348 && report.unclosed == 1);
    lstmfc_candles_free(c);
}

TEST(data_coinbase) {
    lstmfc_candles *c;
    fresh();
    DATA(c, "coinbase_btcusd_1h.csv");
    CHECK(c->count == 20111 && report.descending && report.out_of_order == 5 && report.missing_bars == 0 && report.duplicate_rows == 0);
    CHECK(report.zero_volume == 28 && report.ohlc_violations == 0 && report.preamble_lines == 1 && report.header_line == 2 && report.crlf);
    CHECK_TEXT(report.time_format, "12-AM");
    SPAN(c, "2017-07-01T11:00:00Z", "2019-10-17T09:00:00Z");
    CHECK(c->close[c->count - 1] == 8035.88 && c->volume[c->count - 1] == 61.25);
    lstmfc_candles_free(c);
}

TEST(data_yahoo) {
    lstmfc_candles *c;
    fresh();
    DATA(c, "yahoo_BTC-USD.csv");
    CHECK(c->count == 2622 && report.rows == 2626 && report.blank_rows == 4 && report.blank_cells == 24 && report.missing_bars == 4);
    SPAN(c, "2014-09-17T00:00:00Z", "2021-11-24T00:00:00Z");
    lstmfc_candles_free(c);
    desc.max_fill = 3;
    DATA(c, "yahoo_BTC-USD.csv");
    CHECK(c->count == 2626 && report.blank_rows == 0 && report.filled_cells == 24 && report.missing_bars == 0);
    lstmfc_candles_free(c);
    fresh();
    DATA(c, "yahoo_ETH-USD.csv");
    CHECK(c->count == 2298 && report.rows == 2302 && report.blank_rows == 4);
    lstmfc_candles_free(c);
    DATA(c, "yfinance_BTC-USD.csv");
    CHECK(c->count == 1827 && report.missing_bars == 0 && report.header_line == 1 && report.preamble_lines == 2);
    CHECK_TEXT(report.mapping, "time=Date, open=Open, high=High, low=Low, close=Close, volume=Volume");
    CHECK(c->close[0] == 34662.4375 && c->open[0] == 33682.80078125 && report.ohlc_violations == 0);
    SPAN(c, "2021-06-24T00:00:00Z", "2026-06-24T00:00:00Z");
    lstmfc_candles_free(c);
}

TEST(data_klines) {
    static const struct { const char *name; size_t rows; const char *format; } files[] = {
        {"klines/BTCUSDT-1h-2024-11.csv", 720, "epoch ms"}, {"klines/BTCUSDT-1h-2024-12.csv", 744, "epoch ms"},
        {"klines/BTCUSDT-1h-2025-01.csv", 744, "epoch us"}, {"klines/BTCUSDT-1h-2025-02.csv", 672, "epoch us"},
        {"klines/BTCUSDT-1h-2025-03.csv", 744, "epoch us"}, {"klines/BTCUSDT-1h-2025-04.csv", 720, "epoch us"},
        {"klines/BTCUSDT-1h-2025-05.csv", 744, "epoch us"}, {"klines/BTCUSDT-1h-2023-03.csv", 743, "epoch ms"}
    };
    lstmfc_candles *c, *all;
    size_t i, t, k, compared = 0;
    fresh();
    DATA(all, "btcusdt_1h.csv");
    for (i = 0; i < 8; i++) {
        fresh();
        DATA(c, files[i].name);
        CHECK_INT(c->count, files[i].rows);
        CHECK_TEXT(report.time_format, files[i].format);
        CHECK(report.has_header == (i == 7) && report.missing_bars == (i == 7) && c->interval == 3600000 && c->column_count == 10);
        CHECK(lstmfc_candles_column(c, "taker_buy_volume") && lstmfc_candles_column(c, "quote_volume"));
        for (t = 0, k = 0; t < c->count; t++) {         /* cell for cell what the clean file says */
            while (k < all->count && all->time[k] < c->time[t]) k++;
            if (k == all->count || all->time[k] != c->time[t]) { CHECK(0); break; }
            CHECK(all->open[k] == c->open[t] && all->high[k] == c->high[t] && all->low[k] == c->low[t] && all->close[k] == c->close[t] && all->volume[k] == c->volume[t]);
            compared++;
        }
        lstmfc_candles_free(c);
    }
    CHECK_INT(compared, 5831);
    lstmfc_candles_free(all);
    fresh();
    DATA(c, "minute/LTCUSDT-1m-2026-02.csv");
    CHECK(c->count == 40320 && c->interval == 60000 && report.missing_bars == 0 && report.ohlc_violations == 0);
    SPAN(c, "2026-02-01T00:00:00Z", "2026-02-28T23:59:00Z");
    lstmfc_candles_free(c);
}

TEST(data_bitcoin_dataset) {
    static const struct { const char *name; int64_t blanks; } blanks[] = {
        {"btc_total_bitcoins", 27}, {"btc_trade_volume", 21}, {"btc_blocks_size", 29}, {"btc_median_confirmation_time", 12},
        {"btc_difficulty", 16}, {"btc_transaction_fees", 10}, {"btc_market_price", 0}, {"btc_hash_rate", 0}
    };
    lstmfc_candles *c;
    size_t i, k;
    fresh();
    desc.columns = "close=btc_market_price";
    desc.max_fill = 400;
    DATA(c, "bitcoin_dataset.csv");
    CHECK(c->count == 2725 && report.rows == 2906 && report.zero_price_rows == 181 && report.blank_cells == 115 && report.filled_cells == 115);
    CHECK(c->column_count == 23 && report.crlf && c->interval == 86400000 && report.missing_bars == 0);
    CHECK_TEXT(report.time_format, "m/d/y");
    SPAN(c, "2010-08-17T00:00:00Z", "2018-01-31T00:00:00Z");
    CHECK(c->close[0] == 0.0769);
    for (i = 0; i < sizeof blanks / sizeof blanks[0]; i++)
        for (k = 0; k < c->column_count; k++)
            if (strcmp(c->columns[k].name, blanks[i].name) == 0) CHECK_INT(c->columns[k].blanks, blanks[i].blanks);
    for (k = 0; k < c->column_count; k++) for (i = 0; i < c->count; i++) CHECK(!lstmfc_is_nan(c->columns[k].values[i]));
    CHECK(lstmfc_candles_column(c, "btc_market_cap")[2724] == 1.70482e11);
    lstmfc_candles_free(c);
    fresh();                                            /* no price is named like one: nothing is dropped */
    DATA(c, "bitcoin_dataset.csv");
    CHECK(c->count == 2906 && !c->close && report.filled_cells == 0);
    SPAN(c, "2010-02-17T00:00:00Z", "2018-01-31T00:00:00Z");
    lstmfc_candles_free(c);
}

TEST(data_dirty) {
    lstmfc_candles *c;
    const char *path;
    fresh();
    path = data_path("dirty/binance_btcusdt_1h_mixed_epoch.csv");
    if (!path) SKIP("market data not found (LSTMFC_DATA)");
    c = lstmfc_candles_load_csv(path, &desc, &err);
    CHECK(!c && err.code == LSTMFC_ERROR_DATA && err.line == 8141 && err.column == 1);
    CHECK_HAS(err.message, "2020-08-01T23:00:00Z is also the time of line 8140, but open is 11783.3 here and 11783.31 there");
    CHECK(report.rows == 34075 && report.duplicate_rows == 2649);
    desc.duplicates = 2;
    DATA(c, "dirty/binance_btcusdt_1h_mixed_epoch.csv");
    CHECK(c->count == 31426 && report.duplicate_rows == 2649 && report.conflicting_prices == 1442 && report.conflicting_rows == 2649);
    CHECK(report.descending && report.missing_bars == 11 && report.gaps == 6 && report.zero_volume == 117);
    CHECK_TEXT(report.time_format, "epoch mixed s,ms");
    CHECK(c->open[0] == 16199.91);
    SPAN(c, "2017-08-17T04:00:00Z", "2021-03-19T00:00:00Z");
    lstmfc_candles_free(c);

    fresh();
    DATA(c, "dirty/gemini_btcusd_1h_excel.csv");
    CHECK(c->count == 25522 && report.rows == 25523 && report.zero_price_rows == 1 && report.zero_volume == 1020 && report.missing_bars == 0);
    CHECK_TEXT(report.time_column, "Date");
    CHECK_HAS(report.notes, "Unix Timestamp was not used as the time");
    SPAN(c, "2015-10-08T14:00:00Z", "2018-09-05T23:00:00Z");
    lstmfc_candles_free(c);

    DATA(c, "dirty/bitstamp_btcusd_1h.csv");
    CHECK(c->count == 37387 && report.preamble_lines == 1 && report.zero_volume == 6 && report.missing_bars == 0 && report.exchanged_volumes == 20143);
    SPAN(c, "2018-05-15T06:00:00Z", "2022-08-20T00:00:00Z");
    lstmfc_candles_free(c);

    DATA(c, "dirty/investing_btc_daily.csv");
    CHECK(c->count == 3666 && report.rows == 3669 && report.zero_price_rows == 3 && report.blank_cells == 6 && report.ohlc_violations == 30 && report.bom);
    CHECK(c->close[c->count - 1] == 11105.8 && c->volume[c->count - 1] == 698620 && lstmfc_candles_column(c, "Change %")[c->count - 1] == -0.0591);
    CHECK_TEXT(report.mapping, "time=Date, open=Open, high=High, low=Low, close=Price, volume=Vol.");
    CHECK_TEXT(report.time_format, "Mon d, y");
    SPAN(c, "2010-07-19T00:00:00Z", "2020-08-02T00:00:00Z");
    lstmfc_candles_free(c);

    DATA(c, "dirty/investing_btc_daily_mdy.csv");
    CHECK(c->count == 628 && report.missing_bars == 0);
    CHECK_TEXT(report.time_format, "m/d/y");
    SPAN(c, "2023-01-01T00:00:00Z", "2024-09-19T00:00:00Z");
    lstmfc_candles_free(c);

    DATA(c, "dirty/investing_xau_daily_tr.csv");
    CHECK(c->count == 2079 && report.decimal == ',' && report.ohlc_violations == 9 && report.blank_cells == 2078);
    CHECK(c->close[c->count - 1] == 2620 && c->high[c->count - 1] == 2638.74 && c->volume != NULL);
    CHECK_TEXT(report.time_format, "d.m.y");
    SPAN(c, "2017-01-02T00:00:00Z", "2024-12-27T00:00:00Z");
    lstmfc_candles_free(c);

    desc.columns = "close=TP DK USD A YTL";
    DATA(c, "dirty/usdtry_daily_blanks.csv");
    CHECK(c->count == 2008 && report.rows == 2921 && report.blank_rows == 913);
    CHECK_TEXT(report.time_format, "d-m-y");
    lstmfc_candles_free(c);
    desc.max_fill = 30;
    DATA(c, "dirty/usdtry_daily_blanks.csv");
    CHECK(c->count == 2920 && report.blank_rows == 1 && report.filled_cells == 1824 && report.missing_bars == 0);
    lstmfc_candles_free(c);

    fresh();
    c = lstmfc_candles_load_csv(data_path("dirty/coinmarketcap_btc_daily_mangled.csv"), &desc, &err);
    CHECK(!c && err.code == LSTMFC_ERROR_DATA && err.line == 2 && err.column == 106);
    CHECK_HAS(err.message, "line 2, column 106: open \"1.057.030.998.551.800\" has several dots");
    desc.columns = "open=,high=,low=,volume=,close=close_price";
    DATA(c, "dirty/coinmarketcap_btc_daily_mangled.csv");
    CHECK(c->count == 3105 && report.rows == 3105 && c->close[c->count - 1] == 108843.7 && !c->open && !c->volume);
    SPAN(c, "2017-01-01T00:00:00Z", "2025-07-02T00:00:00Z");
    lstmfc_candles_free(c);
}

int main(void) {
    own_directory();
    RUN(civil);
    RUN(time_range);
    RUN(time_text);
    RUN(time_cells);
    RUN(plain_times);
    RUN(day_and_month);
    RUN(date_and_time_columns);
    RUN(clock_columns);
    RUN(rows_of_one_time);
    RUN(columns_without_a_header);
    RUN(packed_files);
    RUN(numbers);
    RUN(decimal_mark);
    RUN(blanks);
    RUN(fill);
    RUN(no_look_ahead);
    RUN(separators);
    RUN(lines_and_quotes);
    RUN(header);
    RUN(mapping);
    RUN(other_columns);
    RUN(order_and_duplicates);
    RUN(sorting);
    RUN(ends);
    RUN(arguments);
    RUN(series);
    RUN(streaming);
    RUN(long_cells);
    RUN(truncated_at_every_byte);
    RUN(every_byte_altered);
    RUN(memory);
    RUN(synthetic);
    RUN(locale);
    RUN(data_btcusdt);
    RUN(data_coinbase);
    RUN(data_yahoo);
    RUN(data_klines);
    RUN(data_bitcoin_dataset);
    RUN(data_dirty);
    return test_end();
}
