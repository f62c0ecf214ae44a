// also: double
/* Chapter 15: the JSON reader and writer, CRC-32, options from JSON, files. */
#define LSTMFC_IMPLEMENTATION
#include "../lstmfc.h"
#include "test.h"
#ifndef _WIN32
#  include <fcntl.h>
#  include <sys/stat.h>
#  include <sys/wait.h>
#  include <unistd.h>
#endif

static lstmfc_json *parse(const char *text, lstmfc_error *err) {
    memset(err, 0, sizeof *err);
    return lstmfc_json_parse(text, strlen(text), NULL, err);
}

/* Every text here is JSON. */
TEST(accepts) {
    static const char *const good[] = {
        "0", "-0", "1", "-1", "10", "1.5", "0.5", "-0.25", "1e5", "1E5", "1e+5", "1e-5", "1.25e-300", "1e999", "-1e999", "4.9e-324", "1e-999",
        "123456789012345678901234567890", "0.000000000000000000000000000001", "0e0", "0.0e-0", "true", "false", "null", "\"\"", "[]", "{}", " [ ] ",
        "\t{\n}\r\n", "[1]", "[1,2,3]", "[[]]", "[{}]", "{\"a\":1}", "{\"\":0}", "{\"a\":{\"b\":[1,{\"c\":null}]},\"b\":2}", "[1 , 2\n,3 ]",
        "{ \"a\" : [ true , false , null ] }", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0000\"", "\"\\u00e9\\u20AC\"", "\"\\uD83D\\uDE00\"", "\"\\udbff\\udfff\"",
        "\"\xC3\xA9\"", "\"\xE2\x82\xAC\"", "\"\xF0\x9F\x98\x80\"", "\"\xEF\xBF\xBF\"", "\"\xF4\x8F\xBF\xBF\"", "\"\x7f\"", "\"\xEF\xBB\xBF\"",
        "{\"a\":1,\"A\":2}", "{\"a\":1,\"a \":2,\"aa\":3}", "[\"a\",\"a\"]", "{\"a\":{\"a\":{\"a\":1}}}", "[0,-0,0.0]", "\"\\u002f\"", "[\"\\ud7ff\",\"\\ue000\"]"
    };
    size_t i;
    for (i = 0; i < sizeof good / sizeof good[0]; i++) {
        lstmfc_error err;
        lstmfc_json *json = parse(good[i], &err);
        if (!CHECK(json != NULL)) printf("    %s: %s\n", good[i], err.message);
        CHECK(err.code == 0);
        lstmfc_json_free(json);
    }
}

typedef struct bad_text { const char *text, *caret, *expected; } bad_text;

/* Every text here is refused, at this place, with these words. */
TEST(refuses) {
    static const bad_text bad[] = {
        {"",
         "^", "expected a value, found the end of the text"},
        {" ",
         " ^", "expected a value"},
        {"\xEF\xBB\xBF{}",
         "^", "byte order mark"},
        {"nul",
         "   ^", "expected null"},
        {"nulL",
         "   ^", "expected null, found 'L'"},
        {"tru",
         "   ^", "expected true"},
        {"True",
         "^", "expected a value, found 'T'"},
        {"fals e",
         "    ^", "expected false"},
        {"NaN",
         "^", "expected a value, found 'N'"},
        {"-NaN",
         " ^", "expected a digit"},
        {"Infinity",
         "^", "expected a value"},
        {"-Infinity",
         " ^", "expected a digit"},
        {"nan",
         " ^", "expected null"},
        {"+1",
         "^", "expected a value, found '+'"},
        {"-",
         " ^", "expected a digit, found the end"},
        {"--1",
         " ^", "expected a digit"},
        {"01",
         " ^", "no digit after a leading zero"},
        {"-01",
         "  ^", "no digit after a leading zero"},
        {"00",
         " ^", "no digit after a leading zero"},
        {".5",
         "^", "expected a value, found '.'"},
        {"1.",
         "  ^", "a digit after the decimal point"},
        {"1.e5",
         "  ^", "a digit after the decimal point"},
        {"1e",
         "  ^", "a digit of the exponent"},
        {"1e+",
         "   ^", "a digit of the exponent"},
        {"1e5.5",
         "   ^", "nothing after the value"},
        {"0x10",
         " ^", "nothing after the value"},
        {"1,5",
         " ^", "nothing after the value"},
        {"1_000",
         " ^", "nothing after the value"},
        {"1 2",
         "  ^", "nothing after the value"},
        {"[1 2]",
         "   ^", "expected ',' or ']', found '2'"},
        {"[1,]",
         "   ^", "expected a value, found ']'"},
        {"{\"a\":1,2}",
         " \" \"   ^", "expected a key in quotes, found '2'"},
        {"[1,2,-]",
         "      ^", "a digit"},
        {"[1,2,x]",
         "     ^", "a value"},
        {"[1,2,",
         "     ^", "the end of the text"},
        {"[1,2",
         "    ^", "the end of the text"},
        {"[1,2}",
         "    ^", "expected ',' or ']'"},
        {"[,1]",
         " ^", "expected a value or ']', found ','"},
        {"[1,,2]",
         "   ^", "expected a value"},
        {"[",
         " ^", "expected a value or ']'"},
        {"[1",
         "  ^", "expected ',' or ']', found the end of the text"},
        {"[1}",
         "  ^", "expected ',' or ']', found '}'"},
        {"]",
         "^", "expected a value"},
        {"[]]",
         "  ^", "nothing after the value"},
        {"{",
         " ^", "a key in quotes or '}'"},
        {"{1:2}",
         " ^", "a key in quotes or '}', found '1'"},
        {"{a:1}",
         " ^", "a key in quotes"},
        {"{'a':1}",
         " ^", "a key in quotes"},
        {"{\"a\"}",
         " \" \"^", "expected ':', found '}'"},
        {"{\"a\" 1}",
         " \" \" ^", "expected ':'"},
        {"{\"a\"::1}",
         " \" \" ^", "expected a value, found ':'"},
        {"{\"a\":}",
         " \" \" ^", "expected a value, found '}'"},
        {"{\"a\":1,}",
         " \" \"   ^", "expected a key in quotes, found '}'"},
        {"{,}",
         " ^", "a key in quotes or '}'"},
        {"{\"a\":1]",
         " \" \"  ^", "expected ',' or '}', found ']'"},
        {"{\"a\":1 \"b\":2}",
         " \" \"   ^", "expected ',' or '}'"},
        {"{\"a\":1,\"a\":2}",
         " \" \"   ^", "a key that the object does not have already"},
        {"{\"a\":1,\n \"b\":2,\n  \"\\u0061\":3}",
         " \" \"   \n \" \"   \n  ^", "a key that the object does not have already"},
        {"{\"b\":1,\"a\":1,\"b\":1,\"a\":1}",
         " \" \"   \" \"   ^", "a key that the object does not have already"},
        {"{\"b\":1,\"a\":1,\"a\":1,\"b\":1}",
         " \" \"   \" \"   ^", "a key that the object does not have already"},
        {"{\"\\ud83d\\ude00\":1,\"\xF0\x9F\x98\x80\":1}",
         " \"\\     \\     \"   ^", "a key that the object does not have already"},
        {"[{\"x\":[{\"a\":1,\"a\":2}]}]",
         "  \" \"   \" \"   ^", "a key that the object does not have already"},
        {"\"",
         "\"^", "a closing '\"'"},
        {"\"abc",
         "\"   ^", "a closing '\"'"},
        {"'a'",
         "^", "expected a value, found '''"},
        {"\"a\nb\"",
         "\" ^", "an escape instead of a control character, found byte 10"},
        {"\"\t\"",
         "\"^", "an escape instead of a control character"},
        {"\"\\x41\"",
         "\"\\^", "one of \" \\ / b f n r t u"},
        {"\"\\",
         "\"\\^", "a character after '\\'"},
        {"\"\\u12G4\"",
         "\"\\   ^", "a hex digit, found 'G'"},
        {"\"\\u123",
         "\"\\    ^", "a hex digit, found the end"},
        {"\"\\uD800\"",
         "\"\\     ^", "the second half of a surrogate pair"},
        {"\"\\uD800x\"",
         "\"\\     ^", "the second half of a surrogate pair"},
        {"\"\\uD800\\u0041\"",
         "\"\\     ^", "the second half of a surrogate pair"},
        {"\"\\uD800\\uD800\"",
         "\"\\     ^", "the second half of a surrogate pair"},
        {"\"\\uD800\\uE000\"",
         "\"\\     ^", "the second half of a surrogate pair"},
        {"\"\\uDC00\"",
         "\"\\^", "second half alone"},
        {"\"\x80\"",
         "\"^", "UTF-8 text, found byte 128"},
        {"\"\xC0\xAF\"",
         "\"^", "UTF-8 text"},
        {"\"\xC3\"",
         "\"^", "UTF-8 text"},
        {"\"\xE0\x80\xAF\"",
         "\"^", "UTF-8 text"},
        {"\"\xED\xA0\x80\"",
         "\"^", "UTF-8 text"},
        {"\"\xF0\x80\x80\x80\"",
         "\"^", "UTF-8 text"},
        {"\"\xF4\x90\x80\x80\"",
         "\"^", "UTF-8 text"},
        {"\"\xF5\x80\x80\x80\"",
         "\"^", "UTF-8 text"},
        {"\"\xE2\x82",
         "\"^", "UTF-8 text"},
        {"\"\xFF\"",
         "\"^", "UTF-8 text"},
        {"[1,\n2,\n\xC3\xA9]",
         "   \n  \n^", "expected a value, found byte 195"},
        {"[\"\xC3\xA9\xE2\x82\xAC\", x]",
         " \"\xC3\xA9\xE2\x82\xAC\"  ^", "expected a value, found 'x'"},
        {"/* c */ 1",
         "^", "expected a value, found '/'"},
        {"1 // c",
         "  ^", "nothing after the value"},
        {"[1]\f",
         "   ^", "nothing after the value, found byte 12"},
        {"\xC2\xA0[]",
         "^", "expected a value"},
        {"{\"a\":1}{\"a\":1}",
         " \" \"   ^", "nothing after the value"}
    };
    size_t i;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        lstmfc_error err;
        lstmfc_json *json = parse(bad[i].text, &err);
        if (CHECK(json == NULL) && CHECK_INT(err.code, LSTMFC_ERROR_FORMAT)) CHECK_AT(bad[i].text, bad[i].caret, err);
        CHECK_HAS(err.message, bad[i].expected);
        lstmfc_json_free(json);
    }
}

TEST(nul_bytes) {
    lstmfc_error err = {0, 0, 0, 0, ""};
    CHECK(!lstmfc_json_parse("[1]\0", 4, NULL, &err) && err.offset == 3);
    CHECK(!lstmfc_json_parse("\"\0\"", 3, NULL, &err) && err.offset == 1);
    CHECK(!lstmfc_json_parse("\"\\\0\"", 4, NULL, &err) && err.offset == 2);
    CHECK(!lstmfc_json_parse("\0", 1, NULL, &err) && err.offset == 0);
    memset(&err, 0, sizeof err);
    CHECK(!lstmfc_json_parse(NULL, 0, NULL, &err) && err.code == LSTMFC_ERROR_ARGUMENT);
    CHECK(!lstmfc_json_parse("x", 1, NULL, NULL));      /* quiet */
}

TEST(limits) {
    enum { N = 100000 };
    char *text = (char *)malloc(2 * N + 1);
    lstmfc_env env = lstmfc_env_default();
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_json *json;
    memset(text, '[', N);
    memset(text + N, ']', N);
    CHECK(!lstmfc_json_parse(text, 2 * N, NULL, &err));
    CHECK(err.code == LSTMFC_ERROR_LIMIT && err.offset == 64 && err.column == 65);
    env.limits.depth = N;                   /* no recursion: any depth that is allowed works */
    json = lstmfc_json_parse(text, 2 * N, &env, &err);
    CHECK(json != NULL);
    lstmfc_json_free(json);
    env.limits.depth = N - 1;
    CHECK(!lstmfc_json_parse(text, 2 * N, &env, &err));
    env = lstmfc_env_default();
    env.limits.depth = 2;
    CHECK((json = lstmfc_json_parse("[[1],[2],{\"a\":3}]", 17, &env, &err)) != NULL);
    lstmfc_json_free(json);
    env.limits.file_bytes = 3;
    CHECK((json = lstmfc_json_parse("[1]", 3, &env, &err)) != NULL);
    lstmfc_json_free(json);
    CHECK(!lstmfc_json_parse("[10]", 4, &env, &err) && err.code == LSTMFC_ERROR_LIMIT);
    free(text);
}

TEST(navigation) {
    lstmfc_error err;
    lstmfc_json *j = parse("{\"a\":[1,[2,3],{},[]],\"b\":{\"c\":\"x\",\"\\u00e9\":true},\"d\":null}", &err);
    lstmfc_json_node a, n;
    double x = 0;
    size_t at, length;
    int32_t k;
    if (!CHECK(j != NULL)) return;
    CHECK_INT(lstmfc_json_type(j, 0), LSTMFC_JSON_OBJECT);
    CHECK_INT(lstmfc_json_size(j, 0), 3);
    a = lstmfc_json_get(j, 0, "a");
    CHECK_INT(lstmfc_json_size(j, a), 4);
    n = lstmfc_json_first(j, a);
    CHECK(lstmfc_json_number(j, n, &x) && x == 1);
    n = lstmfc_json_next(j, n);
    CHECK(lstmfc_json_type(j, n) == LSTMFC_JSON_ARRAY && lstmfc_json_size(j, n) == 2);
    lstmfc_json_span(j, n, &at, &length);
    CHECK(at == 8 && length == 5);
    n = lstmfc_json_next(j, n);
    CHECK(lstmfc_json_type(j, n) == LSTMFC_JSON_OBJECT && lstmfc_json_size(j, n) == 0 && lstmfc_json_first(j, n) == -1);
    n = lstmfc_json_next(j, n);
    CHECK(lstmfc_json_type(j, n) == LSTMFC_JSON_ARRAY && lstmfc_json_first(j, n) == -1);
    CHECK_INT(lstmfc_json_next(j, n), -1);
    n = lstmfc_json_first(j, 0);                        /* over keys */
    CHECK_INT(lstmfc_json_type(j, n), LSTMFC_JSON_STRING);
    CHECK_INT(lstmfc_json_value(j, n), a);
    n = lstmfc_json_next(j, n);
    n = lstmfc_json_next(j, n);
    CHECK_INT(lstmfc_json_type(j, lstmfc_json_value(j, n)), LSTMFC_JSON_NULL);
    CHECK_INT(lstmfc_json_next(j, n), -1);
    CHECK_INT(lstmfc_json_next(j, 0), -1);
    CHECK_INT(lstmfc_json_type(j, lstmfc_json_get(j, lstmfc_json_get(j, 0, "b"), "\xC3\xA9")), LSTMFC_JSON_TRUE);
    CHECK_INT(lstmfc_json_get(j, 0, "c"), -1);
    CHECK_INT(lstmfc_json_get(j, 0, ""), -1);
    CHECK_INT(lstmfc_json_get(j, 0, "aa"), -1);
    CHECK_INT(lstmfc_json_get(j, a, "a"), -1);
    for (k = -2; k < 0; k++) {                          /* an absent node is harmless everywhere */
        char text[8];
        int64_t i;
        CHECK(lstmfc_json_type(j, k) == -1 && lstmfc_json_size(j, k) == 0 && lstmfc_json_get(j, k, "a") == -1 && lstmfc_json_next(j, k) == -1);
        CHECK(lstmfc_json_value(j, k) == -1 && lstmfc_json_first(j, k) == -1 && !lstmfc_json_number(j, k, &x) && !lstmfc_json_integer(j, k, &i));
        CHECK(!lstmfc_json_string(j, k, text, sizeof text, NULL) && lstmfc_json_doubles(j, k, &x, 1) == 0);
        lstmfc_json_span(j, k, &at, &length);
        CHECK(at == 0 && length == 0);
    }
    CHECK_INT(lstmfc_json_type(NULL, 0), -1);
    lstmfc_json_free(j);
    lstmfc_json_free(NULL);
}

static int number_of(const char *text, double *out) {
    lstmfc_error err;
    lstmfc_json *j = parse(text, &err);
    int got = lstmfc_json_number(j, 0, out);
    lstmfc_json_free(j);
    return got;
}

static int integer_of(const char *text, int64_t *out) {
    lstmfc_error err;
    lstmfc_json *j = parse(text, &err);
    int got = lstmfc_json_integer(j, 0, out);
    lstmfc_json_free(j);
    return got;
}

TEST(numbers) {
    double x = 0;
    int64_t n = 0;
    CHECK(number_of("-0", &x) && x == 0 && signbit(x));
    CHECK(number_of("4.9e-324", &x) && x == 4.9406564584124654e-324);
    CHECK(number_of("1e-999", &x) && x == 0);
    CHECK(number_of("1.7976931348623157e308", &x) && x == 1.7976931348623157e308);
    CHECK(!number_of("1e999", &x));
    CHECK(!number_of("-1e309", &x));
    CHECK(!number_of("\"1\"", &x));
    CHECK(!number_of("null", &x));
    CHECK(integer_of("0", &n) && n == 0);
    CHECK(integer_of("-0", &n) && n == 0);
    CHECK(integer_of("9223372036854775807", &n) && n == INT64_MAX);
    CHECK(integer_of("-9223372036854775808", &n) && n == INT64_MIN);
    CHECK(!integer_of("9223372036854775808", &n));
    CHECK(!integer_of("1e300", &n));
    CHECK(!integer_of("1e999", &n));
    CHECK(!integer_of("1.5", &n));
    CHECK(integer_of("1e3", &n) && n == 1000);
    CHECK(integer_of("-2.0", &n) && n == -2);
    CHECK(integer_of("9007199254740992.0", &n) && n == (int64_t)1 << 53);
    CHECK(!integer_of("9007199254740994.0", &n));
    CHECK(!integer_of("1e16", &n));
    CHECK(integer_of("\"0xff\"", &n) && n == 255);
    CHECK(integer_of("\"0xffffffffffffffff\"", &n) && n == -1);
    CHECK(integer_of("\"0x8000000000000000\"", &n) && n == INT64_MIN);
    CHECK(!integer_of("\"0x\"", &n));
    CHECK(!integer_of("\"0x10000000000000000\"", &n));
    CHECK(!integer_of("\"0xg\"", &n));
    CHECK(!integer_of("\"12\"", &n));
    CHECK(!integer_of("true", &n));
}

TEST(strings) {
    lstmfc_error err;
    char out[32];
    size_t length = 99;
    lstmfc_json *j = parse("[\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\",\"\\u00e9\\u20ac\\ud83d\\ude00\",\"x\\u0000y\",\"12345\",\"\"]", &err);
    lstmfc_json_node n = lstmfc_json_first(j, 0);
    CHECK(lstmfc_json_string(j, n, out, sizeof out, &length) && length == 10);
    CHECK_TEXT(out, "a\"\\/\b\f\n\r\tA");
    n = lstmfc_json_next(j, n);
    CHECK(lstmfc_json_string(j, n, out, sizeof out, NULL));
    CHECK_TEXT(out, "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
    n = lstmfc_json_next(j, n);
    CHECK(!lstmfc_json_string(j, n, out, sizeof out, NULL));
    CHECK(lstmfc_json_string(j, n, out, sizeof out, &length) && length == 3 && memcmp(out, "x\0y", 4) == 0);
    n = lstmfc_json_next(j, n);
    CHECK(lstmfc_json_string(j, n, out, 6, NULL));
    CHECK(!lstmfc_json_string(j, n, out, 5, &length) && length == 5 && out[0] == 0);
    CHECK(!lstmfc_json_string(j, n, NULL, 0, &length) && length == 5);
    n = lstmfc_json_next(j, n);
    CHECK(lstmfc_json_string(j, n, out, 1, &length) && length == 0);
    CHECK(!lstmfc_json_string(j, n, NULL, 0, &length));
    CHECK(!lstmfc_json_string(j, 0, out, sizeof out, &length));
    lstmfc_json_free(j);
}

TEST(spans) {
    static const char text[] = "[null,true,false,-1.5e+3,\"a\\\"b\",[1,[2]],{\"k\":0}]";
    static const char *const parts[] = {"null", "true", "false", "-1.5e+3", "\"a\\\"b\"", "[1,[2]]", "{\"k\":0}"};
    lstmfc_error err;
    lstmfc_json *j = parse(text, &err);
    lstmfc_json_node n = lstmfc_json_first(j, 0);
    size_t i, at, length;
    for (i = 0; i < sizeof parts / sizeof parts[0]; i++, n = lstmfc_json_next(j, n)) {
        lstmfc_json_span(j, n, &at, &length);
        CHECK(length == strlen(parts[i]) && memcmp(text + at, parts[i], length) == 0);
    }
    CHECK_INT(n, -1);
    lstmfc_json_span(j, 0, &at, &length);
    CHECK(at == 0 && length == strlen(text));
    lstmfc_json_free(j);
}

TEST(lists_of_numbers) {
    lstmfc_error err;
    double d[4] = {0, 0, 0, 0};
    lstmfc_real r[4] = {0, 0, 0, 0};
    lstmfc_json *j = parse("[1, -2.5, 1e-3, null]", &err);
    CHECK_INT(lstmfc_json_doubles(j, 0, d, 3), 3);
    CHECK(d[0] == 1 && d[1] == -2.5 && d[2] == 0.001);
    CHECK_INT(lstmfc_json_doubles(j, 0, d, 4), 3);
    CHECK_INT(lstmfc__json_reals(j, 0, r, 4), 3);
    CHECK(r[2] == (lstmfc_real)0.001);
    CHECK_INT(lstmfc__json_reals(j, 1, r, 4), 0);
    lstmfc_json_free(j);
    j = parse("[1,2]", &err);
    CHECK_INT(lstmfc_json_doubles(j, 0, d, 4), 2);
    CHECK_INT(lstmfc_json_doubles(j, 0, d, 0), 0);
    lstmfc_json_free(j);
#ifndef LSTMFC_DOUBLE
    j = parse("[3.4028235e38, -3.4028235677e38, 1e-46, 3.4028236e38]", &err);
    CHECK_INT(lstmfc__json_reals(j, 0, r, 4), 3);
    CHECK(r[0] == FLT_MAX && r[1] == -FLT_MAX && r[2] == 0);
    lstmfc_json_free(j);
#endif
}

/* Duplicate keys among many, at any place; a million good keys in no time. */
TEST(many_keys) {
    lstmfc_rng rng;
    int round;
    lstmfc_rng_seed(&rng, 7);
    for (round = 0; round < 60; round++) {
        size_t n = 2 + (size_t)lstmfc_rng_below(&rng, 300), i, twin = (size_t)lstmfc_rng_below(&rng, n), of = (size_t)lstmfc_rng_below(&rng, n), late = 0;
        char *text = (char *)malloc(n * 32 + 8), *p = text;
        lstmfc_error err = {0, 0, 0, 0, ""};
        lstmfc_json *json;
        uint64_t salt = lstmfc_rng_next(&rng);
        *p++ = '{';
        for (i = 0; i < n; i++) {
            uint64_t key = lstmfc_hash(salt, twin != of && i == twin ? of : i) % 100000000u * 1000 + (twin != of && i == twin ? of : i);
            if (i) *p++ = ',';
            if (i == (twin > of ? twin : of)) late = (size_t)(p - text);
            p += sprintf(p, "\"%llx\":[]", (unsigned long long)key);
        }
        *p++ = '}';
        json = lstmfc_json_parse(text, (size_t)(p - text), NULL, &err);
        if (twin == of) CHECK(json != NULL);
        else { CHECK(json == NULL); CHECK_INT(err.offset, late); }
        lstmfc_json_free(json);
        free(text);
    }
}

TEST(truncated_everywhere) {
    static const char whole[] = "{\"a\":[1.5e3,-0,\"\\ud83d\\ude00\xC3\xA9\",true,false,null,{}],\"b\":{\"c\":[]}}";
    size_t n;
    for (n = 0; n < sizeof whole - 1; n++) {
        char *copy = (char *)malloc(n ? n : 1);         /* exactly n bytes, so that reading on would show */
        lstmfc_error err = {0, 0, 0, 0, ""};
        memcpy(copy, whole, n);
        CHECK(!lstmfc_json_parse(copy, n, NULL, &err));
        CHECK_INT(err.code, LSTMFC_ERROR_FORMAT);
        CHECK(err.offset <= (int64_t)n);
        free(copy);
    }
    for (n = 0; n < sizeof whole - 1; n++) {            /* and any byte replaced: read or refused, never read past */
        char copy[sizeof whole];
        int c;
        memcpy(copy, whole, sizeof whole);
        for (c = 0; c < 256; c++) {
            copy[n] = (char)c;
            lstmfc_json_free(lstmfc_json_parse(copy, sizeof whole - 1, NULL, NULL));
        }
    }
}

TEST(writer) {
    lstmfc_writer w;
    lstmfc_error err = {0, 0, 0, 0, ""};
    double d[3] = {1, 0.1, -1e300};
    lstmfc_real r[2] = {1, (lstmfc_real)-0.5};
    int i;
    d[1] = 0.1;
    lstmfc_writer_init(&w, NULL);
    lstmfc_json_begin(&w, NULL, '{');
    lstmfc_json_put_string(&w, "s", "a\"\\\n\t\x01\x7f\xC3\xA9\xFF!");
    lstmfc_json_put_string(&w, "none", NULL);
    lstmfc_json_put_number(&w, "x", 0.1);
    lstmfc_json_put_number(&w, "nan", lstmfc_nan());
    lstmfc_json_put_integer(&w, "i", -42);
    lstmfc_json_put_integer(&w, "big", INT64_MIN);
    lstmfc_json_put_integer(&w, "edge", (int64_t)1 << 53);
    lstmfc__json_put_hex(&w, "h", 0xdeadbeefu);
    lstmfc_json_put_bool(&w, "t", 1);
    lstmfc_json_put_bool(&w, "u", 0);
    lstmfc_json_put_raw(&w, "raw", "[ 1 ]", 5);
    lstmfc_json_put_doubles(&w, "d", d, 3);
    lstmfc__json_put_reals(&w, "r", r, 2);
    lstmfc__json_put_reals(&w, "e", r, 0);
    lstmfc_json_begin(&w, "o", '{');
    lstmfc_json_end(&w, '}');
    lstmfc_json_begin(&w, "l", '[');
    lstmfc_json_put_integer(&w, NULL, 1);
    lstmfc_json_put_string(&w, NULL, "two");
    lstmfc_json_begin(&w, NULL, '[');
    lstmfc_json_end(&w, ']');
    lstmfc_json_end(&w, ']');
    lstmfc_json_end(&w, '}');
    CHECK_OK(lstmfc_writer_result(&w, &err), err);
    CHECK_TEXT(w.text, "{\"s\":\"a\\\"\\\\\\n\\t\\u0001\x7f\xC3\xA9\xEF\xBF\xBD!\",\"none\":null,\"x\":0.1,\"nan\":null,\"i\":-42,"
                       "\"big\":\"0x8000000000000000\",\"edge\":9007199254740992,\"h\":\"0x00000000deadbeef\",\"t\":true,\"u\":false,\"raw\":[ 1 ],"
                       "\"d\":[1,0.1,-1e300],\"r\":[1,-0.5],\"e\":[],\"o\":{},\"l\":[1,\"two\",[]]}");
    lstmfc_writer_free(&w);

    lstmfc_writer_init(&w, NULL);
    w.indent = 2;
    lstmfc_json_begin(&w, NULL, '{');
    lstmfc_json_put_integer(&w, "a", 1);
    lstmfc_json_begin(&w, "b", '[');
    lstmfc_json_put_integer(&w, NULL, 1);
    lstmfc_json_put_integer(&w, NULL, 2);
    lstmfc_json_end(&w, ']');
    lstmfc_json_begin(&w, "c", '[');
    lstmfc_json_begin(&w, NULL, '{');
    lstmfc__json_put_reals(&w, "d", r, 2);
    lstmfc_json_end(&w, '}');
    lstmfc_json_end(&w, ']');
    lstmfc_json_end(&w, '}');
    CHECK_TEXT(w.text, "{\n  \"a\": 1,\n  \"b\": [1,2],\n  \"c\": [\n    {\n      \"d\": [1,-0.5]\n    }\n  ]\n}");
    lstmfc_writer_free(&w);

    lstmfc_writer_init(&w, NULL);           /* too deep: sticky, and not a byte past the end */
    for (i = 0; i < 70; i++) lstmfc_json_begin(&w, NULL, '[');
    CHECK_INT(lstmfc_writer_result(&w, &err), LSTMFC_ERROR_LIMIT);
    for (i = 0; i < 80; i++) lstmfc_json_end(&w, ']');
    CHECK_INT(lstmfc_writer_result(&w, NULL), LSTMFC_ERROR_LIMIT);
    lstmfc_writer_free(&w);
    lstmfc_writer_free(&w);
}

/* What the writer wrote the reader reads back to the same bits. */
TEST(numbers_survive) {
    lstmfc_rng rng;
    lstmfc_writer w;
    enum { N = 20000 };
    static double d[N], d2[N];
    static lstmfc_real r[N], r2[N];
    size_t i;
    lstmfc_json *j;
    lstmfc_rng_seed(&rng, 1);
    for (i = 0; i < N; i++) {
        uint64_t bits = lstmfc_rng_next(&rng);
        float f;
        uint32_t low = (uint32_t)bits;
        do { bits = lstmfc_rng_next(&rng); memcpy(&d[i], &bits, 8); } while (!lstmfc_is_finite(d[i]));
        memcpy(&f, &low, 4);
        r[i] = lstmfc_is_finite((double)f) ? (lstmfc_real)f : 1;
    }
    d[0] = -0.0; d[1] = 4.9e-324; d[2] = 1.7976931348623157e308; d[3] = 2.2250738585072014e-308;
    lstmfc_writer_init(&w, NULL);
    lstmfc_json_begin(&w, NULL, '[');
    lstmfc_json_put_doubles(&w, NULL, d, N);
    lstmfc__json_put_reals(&w, NULL, r, N);
    lstmfc_json_end(&w, ']');
    j = lstmfc_json_parse(w.text, w.length, NULL, NULL);
    CHECK_INT(lstmfc_json_doubles(j, lstmfc_json_first(j, 0), d2, N), N);
    CHECK_INT(lstmfc__json_reals(j, lstmfc_json_next(j, lstmfc_json_first(j, 0)), r2, N), N);
    CHECK(memcmp(d, d2, sizeof d) == 0);
    CHECK(memcmp(r, r2, sizeof r) == 0);
    lstmfc_json_free(j);
    lstmfc_writer_free(&w);
}

TEST(crc32) {
    unsigned char data[300];
    uint32_t i, crc = 0;
    for (i = 0; i < 300; i++) data[i] = (unsigned char)(i * 7 + 3);
    CHECK_INT(lstmfc__crc32(0, "123456789", 9), 0xCBF43926u);       /* the check value of every CRC catalogue */
    CHECK_INT(lstmfc__crc32(0, "", 0), 0);
    CHECK_INT(lstmfc__crc32(0, "a", 1), 0xE8B7BE43u);
    for (i = 0; i < 300; i += 7) crc = lstmfc__crc32(crc, data + i, i + 7 < 300 ? 7 : 300 - i);
    CHECK_INT(crc, lstmfc__crc32(0, data, 300));
}

#define OPTIONS(X) \
    X(INT,    batch,   "32",    "1..1000",        "windows") \
    X(REAL,   rate,    "0.1",   "none|0..1",      "rate") \
    X(LONG,   seed,    "0",     "0..9223372036854775807", "seed") \
    X(TEXT,   symbol,  "",      "",               "name") \
    X(TEXT,   note,    "n",     "",               "note") \
    X(CHOICE, shuffle, "full",  "full|none",      "order")
typedef struct options { OPTIONS(LSTMFC__MEMBER) } options;
static const lstmfc_field option_fields[] = {
#define FIELD(kind, name, preset, range, help) {LSTMFC_##kind, offsetof(options, name), #name, preset, range, help},
    OPTIONS(FIELD)
};

static lstmfc_result read_options(const char *text, options *o, lstmfc_error *err) {
    static char texts[16];
    lstmfc_json *j = parse(text, err);
    lstmfc_result result;
    memset(o, 0, sizeof *o);
    result = lstmfc_desc_from_json(o, option_fields, sizeof option_fields / sizeof option_fields[0], j, 0, texts, sizeof texts, err);
    lstmfc_json_free(j);
    return result;
}

TEST(desc_from_json) {
    options o;
    lstmfc_error err;
    CHECK_OK(read_options("{\"batch\":64, \"rate\":0.25, \"seed\":9007199254740993, \"symbol\":\"B\\u0054C\", \"note\":\"x\", \"shuffle\":\"none\"}", &o, &err), err);
    CHECK_INT(o.batch, 64);
    CHECK(o.rate == 0.25);
    CHECK_INT(o.seed, 9007199254740993);
    CHECK_TEXT(o.symbol, "BTC");
    CHECK_INT(read_options("{\"batch\":true}", &o, &err), LSTMFC_ERROR_ARGUMENT);      /* true is 1 for a switch alone */
    CHECK_HAS(err.message, "option 'batch' takes a number (1..1000), not true or false");
    CHECK_INT(read_options("{\"rate\":false}", &o, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(read_options("{\"shuffle\":true}", &o, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_OK(read_options("{\"batch\":64, \"rate\":0.25, \"seed\":9007199254740993, \"symbol\":\"BTC\", \"note\":\"x\", \"shuffle\":\"none\"}", &o, &err), err);
    CHECK_TEXT(o.note, "x");
    CHECK_INT(o.shuffle, 1);
    CHECK_OK(read_options("{\"batch\":null,\"rate\":0}", &o, &err), err);
    CHECK_INT(o.batch, 0);
    CHECK(o.rate == LSTMFC_NONE);
    CHECK_OK(read_options("{}", &o, &err), err);
    CHECK_INT(read_options("{\"batch\":1,\n \"batsch\":64}", &o, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "unknown option 'batsch'; did you mean 'batch'?");
    CHECK(err.line == 2 && err.column == 2);
    CHECK_INT(read_options("{\"zzz\":64}", &o, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(read_options("{\"batch\":0.5}", &o, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK(err.line == 1 && err.column == 10);
    CHECK_INT(read_options("{\"batch\":100000}", &o, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(read_options("{\"shuffle\":\"sometimes\"}", &o, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(read_options("{\"symbol\":12}", &o, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(read_options("{\"symbol\":true}", &o, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "takes a string");
    CHECK_OK(read_options("{\"symbol\":null}", &o, &err), err);
    CHECK_INT(read_options("{\"\":1}", &o, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "unknown option ''");
    CHECK_INT(read_options("{\"a\\u0000\":1}", &o, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_HAS(err.message, "U+0000");
    CHECK_INT(read_options("{\"symbol\":[]}", &o, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK_INT(read_options("{\"symbol\":\"123456789012345678\"}", &o, &err), LSTMFC_ERROR_LIMIT);
    CHECK_INT(read_options("{\"symbol\":\"1234567890\",\"note\":\"1234567890\"}", &o, &err), LSTMFC_ERROR_LIMIT);
    CHECK_INT(read_options("{\"symbol\":\"a\\u0000b\"}", &o, &err), LSTMFC_ERROR_LIMIT);
    CHECK_INT(read_options("[]", &o, &err), LSTMFC_ERROR_ARGUMENT);
}

static lstmfc_result parse_tortured(const lstmfc_env *env, void *context) {
    static const char text[] = "{\"k0\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20],\"k1\":1,\"k2\":2,\"k3\":{\"a\":[[],[],[],[],[],[],[]],\"b\":{}},"
                               "\"k4\":0,\"k5\":0,\"k6\":0,\"k7\":0,\"k8\":0,\"k9\":0,\"k10\":0,\"k11\":0,\"k12\":0,\"k13\":0,\"k14\":0,\"k15\":0,\"k16\":0}";
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_json *json = lstmfc_json_parse(text, sizeof text - 1, env, &err);
    lstmfc_writer w;
    int i;
    (void)context;
    if (!json) return err.code;
    lstmfc_json_free(json);
    lstmfc_writer_init(&w, env);
    lstmfc_json_begin(&w, NULL, '[');
    for (i = 0; i < 300; i++) lstmfc_json_put_string(&w, NULL, "some text");
    lstmfc_json_end(&w, ']');
    i = lstmfc_writer_result(&w, &err);
    lstmfc_writer_free(&w);
    return i;
}

TEST(allocation_failures) { torture("json", parse_tortured, NULL); }

/* ---- files ---- */

static int exists(const char *path) { FILE *f = fopen(path, "rb"); if (f) fclose(f); return f != NULL; }

static lstmfc_result read_tortured(const lstmfc_env *env, void *context) {
    lstmfc_error err = {0, 0, 0, 0, ""};
    size_t length;
    char *text = lstmfc_file_read((const char *)context, &length, env, &err);
    if (!text) return err.code;
    lstmfc_file_release(text, length, env);
    return LSTMFC_OK;
}

TEST(files) {
    static char big[200000];
    char path[64], temporary[80], *text;
    size_t length = 0, i;
    lstmfc_error err = {0, 0, 0, 0, ""};
    lstmfc_env env = lstmfc_env_default();
    sprintf(path, "test_json_%p.tmp", (void *)&length);
    sprintf(temporary, "%s.tmp-0", path);
    for (i = 0; i < sizeof big; i++) big[i] = (char)(i * 31);
    CHECK_OK(lstmfc_file_write(path, big, sizeof big, &err), err);
    CHECK(!exists(temporary));
    text = lstmfc_file_read(path, &length, NULL, &err);
    CHECK(text && length == sizeof big && memcmp(text, big, length) == 0 && text[length] == 0);
    lstmfc_file_release(text, length, NULL);
    torture("file_read", read_tortured, path);
    CHECK_OK(lstmfc_file_write(path, "x", 1, &err), err);           /* replaces */
    CHECK_OK(lstmfc_file_write(temporary, "y", 1, &err), err);      /* a leftover of a crash is in nobody's way */
    CHECK_OK(lstmfc_file_write(path, "", 0, &err), err);
    CHECK(exists(temporary));
    text = lstmfc_file_read(path, &length, NULL, &err);
    CHECK(text && length == 0 && text[0] == 0);
    lstmfc_file_release(text, length, NULL);
    CHECK_OK(lstmfc_file_write(path, big, 100, &err), err);
    env.limits.file_bytes = 99;
    CHECK(!lstmfc_file_read(path, &length, &env, &err) && err.code == LSTMFC_ERROR_LIMIT);
    env.limits.file_bytes = 100;
    CHECK((text = lstmfc_file_read(path, &length, &env, &err)) != NULL);
    lstmfc_file_release(text, length, &env);
    remove(temporary);
    remove(path);
    CHECK(!lstmfc_file_read(path, &length, NULL, &err) && err.code == LSTMFC_ERROR_OPEN);
    CHECK_HAS(err.message, path);
    CHECK_HAS(err.message, "no such file");
    CHECK(!lstmfc_file_read(NULL, &length, NULL, NULL));
    CHECK_INT(lstmfc_file_write(NULL, "x", 1, NULL), LSTMFC_ERROR_ARGUMENT);
}

TEST(unwritable) {
#ifdef _WIN32
    SKIP("needs POSIX paths");
#else
    static char name[5000];
    lstmfc_error err = {0, 0, 0, 0, ""};
    size_t length;
    int fd;
    CHECK_INT(lstmfc_file_write("no/such/directory/model.json", "x", 1, &err), LSTMFC_ERROR_WRITE);
    CHECK_HAS(err.message, "no/such/directory/model.json: cannot create: no such file or directory");
    if (exists("/dev/full")) {
        CHECK_INT(lstmfc_file_write("/dev/full", "x", 1, &err), LSTMFC_ERROR_WRITE);
        CHECK_HAS(err.message, "/dev/full: cannot write: no space left on the device");
        CHECK(exists("/dev/full") && !exists("/dev/full.tmp-0"));
    }
    CHECK_OK(lstmfc_file_write("/dev/null", "x", 1, &err), err);
    CHECK(access("/dev/null", W_OK) == 0);
    memset(name, 'a', sizeof name - 1);
    CHECK_INT(lstmfc_file_write(name, "x", 1, &err), LSTMFC_ERROR_WRITE);
    CHECK_HAS(err.message, "4999 bytes");
#ifndef __EMSCRIPTEN__      /* whose open cuts a name after 255 bytes */
    name[300] = 0;
    CHECK_INT(lstmfc_file_write(name, "x", 1, &err), LSTMFC_ERROR_WRITE);
    CHECK_HAS(err.message, "too long");
#endif
    for (length = 0; length < 1100; length++) name[length] = length % 100 == 99 ? '/' : 'a';
    strcpy(name + length, "the_name.json");
    CHECK_INT(lstmfc_file_write(name, "x", 1, &err), LSTMFC_ERROR_WRITE);
    CHECK_HAS(err.message, "the_name.json: cannot create: no such file or directory");     /* the cause is not cut off */
    CHECK(!lstmfc_file_read(name, &length, NULL, &err));
    CHECK_HAS(err.message, "the_name.json: cannot open: no such file or directory");
    mkdir("test_json_dir.tmp", 0777);
    CHECK_INT(lstmfc_file_write("test_json_dir.tmp", "x", 1, &err), LSTMFC_ERROR_WRITE);
    CHECK_HAS(err.message, "test_json_dir.tmp: cannot create: it is a directory");
    CHECK(!exists("test_json_dir.tmp.tmp-0"));
    CHECK(!lstmfc_file_read("test_json_dir.tmp", &length, NULL, &err) && err.code == LSTMFC_ERROR_OPEN);
    CHECK_HAS(err.message, "directory");
    rmdir("test_json_dir.tmp");
    fd = open("test_json_file.tmp", O_CREAT | O_WRONLY, 0666);
    close(fd);
    CHECK_INT(lstmfc_file_write("test_json_file.tmp/x", "x", 1, &err), LSTMFC_ERROR_WRITE);
    CHECK_HAS(err.message, "not a directory");
    remove("test_json_file.tmp");
#endif
}

#ifndef _WIN32
/* A directory of one test's own, and what lies in it. system() because -std=c99 declares neither symlink nor a wider look at a
   directory; the commands are those of POSIX. */
static void shell(const char *command) { if (system(command) != 0) printf("    failed: %s\n", command); }
static int holds(const char *test) { return system(test) == 0; }
static int mode_of(const char *path) { struct stat s; return stat(path, &s) ? -1 : (int)(s.st_mode & 07777); }
static int contents(const char *path, const char *wanted) {
    size_t length;
    char *text = lstmfc_file_read(path, &length, NULL, NULL);
    int equal = text && strcmp(text, wanted) == 0;
    lstmfc_file_release(text, text ? length : 0, NULL);
    return equal;
}
#endif

/* What is replaced keeps its mode; a link stays a link and the file it names is replaced, whether it is there yet or not. */
TEST(modes_and_links) {
#ifdef _WIN32
    SKIP("needs POSIX modes and links");
#else
    lstmfc_error err = {0, 0, 0, 0, ""};
    shell("rm -rf test_json.d; mkdir -p test_json.d/far/away");
    CHECK_OK(lstmfc_file_write("test_json.d/new", "1", 1, &err), err);
    CHECK(mode_of("test_json.d/new") != 0600);                      /* as the umask has it */
    chmod("test_json.d/new", 0600);
    CHECK_OK(lstmfc_file_write("test_json.d/new", "2", 1, &err), err);
    CHECK(mode_of("test_json.d/new") == 0600 && contents("test_json.d/new", "2"));
    chmod("test_json.d/new", 0664);
    CHECK_OK(lstmfc_file_write("test_json.d/new", "3", 1, &err), err);
    CHECK(mode_of("test_json.d/new") == 0664);
    shell("ln -s far/away/there test_json.d/near; ln -s near test_json.d/nearer; ln -s ../../../test_json.d/new test_json.d/far/away/up");
    CHECK_OK(lstmfc_file_write("test_json.d/nearer", "4", 1, &err), err);
    CHECK(contents("test_json.d/far/away/there", "4") && holds("test -L test_json.d/near && test -L test_json.d/nearer"));
    chmod("test_json.d/far/away/there", 0640);
    CHECK_OK(lstmfc_file_write("test_json.d/nearer", "5", 1, &err), err);
    CHECK(contents("test_json.d/near", "5") && mode_of("test_json.d/far/away/there") == 0640);
    CHECK_OK(lstmfc_file_write("test_json.d/far/away/up", "6", 1, &err), err);
    CHECK(contents("test_json.d/new", "6") && holds("test -L test_json.d/far/away/up"));
    shell("ln -s \"$PWD/test_json.d/new\" test_json.d/absolute");
    CHECK_OK(lstmfc_file_write("test_json.d/absolute", "7", 1, &err), err);
    CHECK(contents("test_json.d/new", "7") && holds("test -L test_json.d/absolute"));
    shell("ln -s round test_json.d/round");
    CHECK_INT(lstmfc_file_write("test_json.d/round", "8", 1, &err), LSTMFC_ERROR_WRITE);
    CHECK_HAS(err.message, "test_json.d/round: cannot create: too many symbolic links");
    CHECK_INT(lstmfc_file_writable("test_json.d/round", &err), LSTMFC_ERROR_WRITE);
    CHECK_OK(lstmfc_file_writable("test_json.d/nearer", &err), err);
    CHECK(contents("test_json.d/nearer", "5") && holds("! ls -A test_json.d test_json.d/far/away | grep -q tmp-"));
    shell("rm -rf test_json.d");
#endif
}

/* Every length of name that the file system takes, ASCII and not; the temporary name is never longer than it allows. */
TEST(long_names) {
#if defined(_WIN32) || defined(__EMSCRIPTEN__)
    SKIP("needs POSIX names (Emscripten's open cuts a name after 255 bytes)");
#else
    lstmfc_error err = {0, 0, 0, 0, ""};
    char path[700];
    int length, plain;
    shell("rm -rf test_json.d; mkdir test_json.d");
    for (plain = 0; plain < 2; plain++)
        for (length = 235; length <= 255; length++) {
            int i, n = sprintf(path, "test_json.d/");
            for (i = 0; i < length; ) {
                if (plain || i + 2 > length) { path[n++] = 'n'; i++; }
                else { memcpy(path + n, "\xc3\xa9", 2); n += 2; i += 2; }
            }
            path[n] = 0;
            if (!CHECK(lstmfc_file_writable(path, &err) == LSTMFC_OK)) printf("    %d bytes: %s\n", length, err.message);
            if (!CHECK(lstmfc_file_write(path, "1", 1, &err) == LSTMFC_OK)) printf("    %d bytes: %s\n", length, err.message);
            CHECK_OK(lstmfc_file_write(path, "22", 2, &err), err);
            CHECK(contents(path, "22"));
            strcat(path, "x");
            CHECK_INT(lstmfc_file_writable(path, &err), length < 255 ? LSTMFC_OK : LSTMFC_ERROR_WRITE);
        }
    CHECK(holds("test $(ls -A test_json.d | wc -l) -eq 42"));
    shell("rm -rf test_json.d");
#endif
}

/* lstmfc_file_writable says beforehand what lstmfc_file_write would say, and leaves no trace. */
TEST(writable) {
#ifdef _WIN32
    SKIP("needs POSIX paths");
#else
    static const char *const bad[] = {"", "test_json.d", "test_json.d/", "test_json.d/none/x", "test_json.d/old/x", "/proc/model.json"};
    lstmfc_error err = {0, 0, 0, 0, ""}, later = {0, 0, 0, 0, ""};
    size_t i;
    shell("rm -rf test_json.d; mkdir test_json.d; echo old > test_json.d/old; echo mine > test_json.d/old.probe; mkfifo test_json.d/pipe");
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (i == 5 && !exists("/proc/self/status")) continue;
        if (!CHECK(lstmfc_file_writable(bad[i], &err) == LSTMFC_ERROR_WRITE)) printf("    `%s`\n", bad[i]);
        CHECK_INT(lstmfc_file_write(bad[i], "x", 1, &later), LSTMFC_ERROR_WRITE);
        CHECK_TEXT(err.message, later.message);
    }
    CHECK_OK(lstmfc_file_writable("test_json.d/old", &err), err);
    CHECK_OK(lstmfc_file_writable("test_json.d/new", &err), err);
    CHECK_OK(lstmfc_file_writable("test_json.d/pipe", &err), err);      /* without waiting for its reader */
    CHECK_OK(lstmfc_file_writable("-", &err), err);
    if (exists("/dev/null")) CHECK_OK(lstmfc_file_writable("/dev/null", &err), err);
    memset(&err, 0, sizeof err);
    CHECK_INT(lstmfc_file_writable(NULL, &err), LSTMFC_ERROR_ARGUMENT);
    CHECK(holds("test \"$(cat test_json.d/old) $(cat test_json.d/old.probe)\" = 'old mine' && test $(ls -A test_json.d | wc -l) -eq 3"));
    if (geteuid() != 0) {
        chmod("test_json.d/old", 0444);
        CHECK_INT(lstmfc_file_writable("test_json.d/old", &err), LSTMFC_ERROR_WRITE);
        CHECK_INT(lstmfc_file_write("test_json.d/old", "x", 1, &err), LSTMFC_ERROR_WRITE);
        CHECK_HAS(err.message, "permission denied");
        chmod("test_json.d/old", 0644);
        chmod("test_json.d", 0555);
        CHECK_INT(lstmfc_file_writable("test_json.d/old", &err), LSTMFC_ERROR_WRITE);
        CHECK_INT(lstmfc_file_write("test_json.d/old", "x", 1, &err), LSTMFC_ERROR_WRITE);
        chmod("test_json.d", 0755);
        CHECK(contents("test_json.d/old", "old\n"));
    }
    shell("rm -rf test_json.d");
#endif
}

/* A program with stdin, stdout and stderr closed: what it or the library prints to them is lost, and not in the file. */
TEST(closed_descriptors) {
#if defined(_WIN32) || defined(__wasm__)
    SKIP("needs fork");
#else
    int file, status = -1;
    pid_t child;
    fflush(NULL);
    child = fork();
    if (child == 0) {
        for (file = 0; file < 3; file++) close(file);
        file = lstmfc__os_create("test_json_closed.tmp", "");
        _exit(file > 2 && write(0, "x", 1) < 0 && write(1, "x", 1) < 0 && write(2, "x", 1) < 0 && write(file, "model", 5) == 5 ? 0 : 1);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    CHECK(contents("test_json_closed.tmp", "model"));
    remove("test_json_closed.tmp");
#endif
}

/* Killed at forty different moments of one save after the other: the file is always one of the two that were written, whole. */
TEST(killed_while_saving) {
#if defined(_WIN32) || defined(__wasm__)
    SKIP("needs fork");
#else
    static char one[300000], two[300000];
    size_t length;
    int round, rounds = getenv("LSTMFC_QUICK") ? 5 : 40, ones = 0, twos = 0;
    memset(one, '1', sizeof one);
    memset(two, '2', sizeof two);
    shell("rm -rf test_json.d; mkdir test_json.d");
    CHECK_INT(lstmfc_file_write("test_json.d/m", one, sizeof one, NULL), LSTMFC_OK);
    for (round = 0; round < rounds; round++) {
        char *text;
        char command[40];
        volatile long spin;
        pid_t child;
        fflush(NULL);
        child = fork();
        if (child == 0) for (;;) { lstmfc_file_write("test_json.d/m", two, sizeof two, NULL); lstmfc_file_write("test_json.d/m", one, sizeof one, NULL); }
        if (!CHECK(child > 0)) break;
        for (spin = 0; spin < 100000L + 37123L * round; spin++) {}
        sprintf(command, "kill -9 %ld", (long)child);
        shell(command);
        waitpid(child, NULL, 0);
        text = lstmfc_file_read("test_json.d/m", &length, NULL, NULL);
        CHECK(text && length == sizeof one && (memcmp(text, one, length) == 0 || memcmp(text, two, length) == 0));
        if (text && text[0] == '1') ones++; else twos++;
        lstmfc_file_release(text, length, NULL);
    }
    printf("killed_while_saving: %d times the one, %d times the other\n", ones, twos);
    CHECK_INT(lstmfc_file_write("test_json.d/m", two, sizeof two, NULL), LSTMFC_OK);       /* leftovers are in nobody's way */
    shell("rm -rf test_json.d");
#endif
}

/* A text that cannot be JSON is not read to its end, and never more than limits.file_bytes and a little is asked for. */
TEST(endless) {
    test_allocator memory;
    lstmfc_env env = test_env(&memory);
    lstmfc_error err = {0, 0, 0, 0, ""};
    size_t length;
    char *text;
    if (!exists("/dev/zero")) SKIP("needs /dev/zero");
    text = lstmfc__os_file_read("/dev/zero", &length, LSTMFC__JSON_STARTS, &env, &err);
    CHECK(text && length < 65536 && memory.peak_bytes < 300000);
    if (text) CHECK(!lstmfc_json_parse(text, length, NULL, &err) && err.code == LSTMFC_ERROR_FORMAT && err.column == 1);
    lstmfc_file_release(text, length, &env);
    env.limits.file_bytes = 1500000;
    CHECK(!lstmfc_file_read("/dev/zero", &length, &env, &err) && err.code == LSTMFC_ERROR_LIMIT);
    CHECK(memory.peak_bytes <= 1500000 + 1048576 + 64 && memory.live == 0);
}

int main(void) {
    own_directory();
    RUN(accepts); RUN(refuses); RUN(nul_bytes); RUN(limits); RUN(navigation); RUN(numbers); RUN(strings); RUN(spans); RUN(lists_of_numbers); RUN(many_keys);
    RUN(truncated_everywhere); RUN(writer); RUN(numbers_survive); RUN(crc32); RUN(desc_from_json); RUN(allocation_failures); RUN(files); RUN(unwritable);
    RUN(modes_and_links); RUN(long_names); RUN(writable); RUN(closed_descriptors); RUN(killed_while_saving); RUN(endless);
    return test_end();
}
