#!/usr/bin/env bash
# tests/test_form.sh: the form of the header. Cut before any chapter it compiles and needs nothing of what was cut; every tag leads
# to one chapter; nothing but lstmfc names leaks; there is no writable data; no function of libc that follows the locale, ends the
# process or computes an elementary function.
set -u
cd "$(dirname "$0")/.."
out=build/form
mkdir -p "$out"
results=$out/results
. tests/parallel.sh
printf '#define LSTMFC_IMPLEMENTATION\n#include "lstmfc.h"\n' > "$out/all.c"
printf '#include "lstmfc.h"\n' > "$out/only.c"

# ---- contents ----
bad=0 chapters=0
while read -r number name tag; do
    chapters=$((chapters + 1))
    banners=$(grep -cE "^   (${number} )?${name} ${tag}\$" lstmfc.h)
    [ "$banners" -eq 1 ] || { echo "        $tag: $banners banners"; bad=1; }
done < <(sed -n '/^   CONTENTS/,/^   NOTATION/p' lstmfc.h | sed -nE 's/^ +([0-9]+) +([a-z0-9]+) +(>>[a-z0-9]+).*/\1 \2 \3/p; s/^ +licence +(>>licence)$/0 licence \1/p')
[ $bad -eq 0 ] && [ "$chapters" -eq 21 ] && pass "every tag of the contents is one chapter ($chapters)" || fail "tags of the contents ($chapters)"
order=$(grep -oE '^   [0-9]+ [a-z0-9]+ >>[a-z0-9]+$' lstmfc.h | awk '$1 != NR { print }')
[ -z "$order" ] && pass "chapters in order" || fail "chapters in order: $order"

# ---- size: lines, and their width
# WIDE: lines over the width by chapter that are still to be broken (0: what stands before the first). A number here only falls.
LINES_MOST=29040
WIDE=""
lines=$(wc -l < lstmfc.h)
[ "$lines" -le $LINES_MOST ] && pass "$lines lines, at most $LINES_MOST" || fail "$lines lines, at most $LINES_MOST"
awk -v allowed="$WIDE" '
    $0 ~ /^   [0-9]+ [a-z0-9]+ >>[a-z0-9]+$/ { chapter = $1 + 0 }
    length > (chapter >= 6 && chapter <= 11 ? 100 : 120) { wide[chapter]++; first[chapter] = first[chapter] ? first[chapter] : FNR }
    END {
        n = split(allowed, pair, /[ :]/)
        for (i = 1; i < n; i += 2) most[pair[i]] = pair[i + 1]
        for (c = 0; c <= 20; c++)
            if (wide[c] > most[c]) printf "chapter %d: %d lines over the width, %d allowed, the first: line %d\n", c, wide[c], most[c], first[c]
    }' lstmfc.h > "$out/wide"
[ -s "$out/wide" ] && { fail "width: 120 columns, 100 in chapters 6 to 11"; cat "$out/wide"; } || pass "width: 120 columns, 100 in chapters 6 to 11"
grep -nP '\t| +$|\r' lstmfc.h > "$out/blanks" && { fail "tabs, trailing blanks"; head -3 "$out/blanks"; } || pass "no tabs, no trailing blanks"
grep -nwE 'TODO|FIXME|XXX|HACK' lstmfc.h > "$out/todo" && { fail "unfinished notes"; head -3 "$out/todo"; } || pass "no unfinished notes"

# ---- the tour: each stop has one beginning and one end in the code, and is no longer than it says
sed -n '/^   TOUR/,/^   NOTATION/p' lstmfc.h | sed -nE 's/^ +>>([a-z0-9_]+) +([0-9]+) lines .*/\1 \2/p' > "$out/tour"
total=0 bad=
while read -r tag most; do
    total=$((total + most))
    [ "$(grep -cE ">>$tag( |\$)" lstmfc.h)" -eq 2 ] || bad="$bad $tag: its tag is not once in the tour and once in the code;"
    [ "$(grep -c "/\* <<$tag \*/" lstmfc.h)" -eq 1 ] || bad="$bad $tag: not one end;"
    is=$(awk -v begin=">>$tag" -v end="/* <<$tag */" '/^\/\* / && index($0, begin) { first = FNR } index($0, end) { last = FNR } END { print (last > first ? last - first + 1 : 0) }' lstmfc.h)
    [ "$is" -gt 0 ] && [ "$is" -le "$most" ] || bad="$bad $tag: $is lines, says $most;"
done < "$out/tour"
[ -z "$bad" ] && [ "$(wc -l < "$out/tour")" -ge 8 ] && pass "every stop of the tour is where and as long as it says ($(wc -l < "$out/tour"))" || fail "tour:$bad"
[ "$total" -le 1500 ] && pass "the tour has $total lines, at most 1500" || fail "the tour has $total lines, at most 1500"

# ---- layers are a table: a row says what its kind is, and nobody asks which kind that is ----
sed -n '/^   9 model >>model$/,$p' lstmfc.h | grep -nE 'switch \(.*[a-z]->kind\)|(layer|layers\[[^]]*\]|head)(->|\.)kind *(==|!=)|kind->name, *"' > "$out/kinds" \
    && { fail "somebody asks for the kind of a layer"; head -3 "$out/kinds"; } || pass "nobody asks which kind a layer is"

# ---- private names: whoever sees lstmfc__csv_... knows the chapter
# By chapter, the topics a private name may begin with (csv_: lstmfc__csv and lstmfc__csv_...), then the names that have none. No
# topic belongs to two chapters.
cat > "$out/topics" <<'TOPICS'
2: fail_ nearest_ text_ cause path_end print
3: arena_ bell_ pool_ split_ add align alloc copy_string env_fill free free_string grow log malloc mul parallel parallel_ realloc release
    room slab take_ worker
4: decimal_ erf_ exp_ field_ format_ pair_ power_ real_ reduce_ sin_ sort_ bits cos_near difference equal erfc_far
    flat float_bits from_bits from_float_bits infinity log_parts mantissa mix multiply multiply_long round_binary rounds_to_nearest ten_to to_float
5: flush_ simd_ adam arithmetic warn_arithmetic
6: matrix_ pack_ product_ sum_ add_rows
7: batchnorm_ dense_ dropout_ layernorm_ loss_ activation_softplus normal_cdf
8: gru_ lstm_
9: batch_ fill_ gather_ gradients_ layer_ model_ pass_ scratch_ sequence_ tensor_ token_ block_ find_activation gathering group grouped
    inference_layout initialise is_blank job key keys lane last_layer layers_resolve norm_is_frozen
    penalty prediction stage training_layout work
10: optimizer_
11: gradcheck_
12: csv_ role_ scan_ series_ time_ clock_of
13: adx_ bbands_ decay_ donchian_ ema_ fours_ garman_ indicator_ keltner_ merge_ mfi_ obv_ part_ rsi_ span_ stoch_
    stochrsi_ threshold_ tr_ trend_ vwap_ window_ alike_profile atr_profile bar_finite cci corr_value deviation
    extreme fade four_store give greater_of indicators longest macd_profile parkinson percent_of_range rank_share
    realized_vol_of slope true_range typical typicals volume_ratio willr within yang_zhang
14: features_ kernel_ list_ machine_ make_ node_ number_ parse_ plan_ preset_ ref_ source_ state_ calendar_angle
    column_text eight feature function_infos parser presets scaler_fit spans_at
15: json_ os_ output_ utf8_ writer_ crc32 error_in_file
16: adaptive_ auc_ binomial_ bootstrap_ cholesky_ garch_ har_ linear_ overfitting_ sharpe_ autocovariance_ both conformal_sorted
    beta_tail constant cube_root ewma_walk largest_size log1p_less log_gamma mean moments_of newey_west over realized
    root_mean_square stirling_rest student_cdf
17: epochs_ file_ kept_ option_ trainer_ not_finite progress
18: answers_ baseline_ baselines_ ensemble_ fit_ forecast_ forecaster_ landmark_ landmarks_ pooled_ replay_ rhythm_ spread_ steps_ stream_ target_ trial_ update_
    answer basis calibrate chooser close_returns collect factor forgets gaps_names norm_names goes_on predict_bars has_gap interval_scale
    how_names intervals_names kept_baselines kept_ensemble kept_compile kept_features kept_head kept_history kept_intervals kept_landmarks kept_pool kept_quantity outcome
    kept_answers kept_check_intervals kept_enter_answer kept_replay kept_units
    kept_linear kept_load kept_longs kept_returns kept_save kept_stream kept_task kept_why kept_training kept_values label measure
    need_close options_text profile_names recurse recursion_scores recursive root_mean_square_return target_names
    wrong_interval yardstick
20: account_ backtest_ equity_ portfolio_ sweep_
TOPICS
awk '
    FILENAME ~ /topics$/ {
        if ($1 ~ /^[0-9]+:$/) { chapter = $1 + 0; first = 2 } else first = 1
        for (i = first; i <= NF; i++) {
            if ($i in owner) printf "%s stands under %d and %d\n", $i, owner[$i], chapter
            owner[$i] = chapter
        }
        next
    }
    $0 ~ /^   [0-9]+ [a-z0-9]+ >>[a-z0-9]+$/ { here = $1 + 0 }
    { name = "" }
    /^(LSTMFC__(PRIVATE|INLINE|RARE|COLD)|static) .*lstmfc__[a-z0-9_]+ *[[(]/ && !/;$/ {
        name = $0
        sub(/ *[[(].*/, "", name); sub(/.*lstmfc__/, "", name)
    }
    /^typedef (struct|union) lstmfc__/ { name = $3; sub(/lstmfc__/, "", name) }
    name ~ /^[a-z0-9_]+$/ {
        topic = name; sub(/_.*/, "_", topic); if (topic !~ /_$/) topic = topic "_"
        names++
        if (!(name in owner) && !(topic in owner)) printf "line %d: lstmfc__%s: no topic of chapter %d\n", FNR, name, here
        else if ((name in owner ? owner[name] : owner[topic]) != here)
            printf "line %d: lstmfc__%s of chapter %d has a topic of chapter %d\n", FNR, name, here, name in owner ? owner[name] : owner[topic]
    }
    END { if (names < 500) printf "only %d names were seen\n", names }' "$out/topics" lstmfc.h > "$out/names"
[ -s "$out/names" ] && { fail "private names tell their chapter"; head -20 "$out/names"; } || pass "private names tell their chapter"

# ---- switches ----
allowed="IMPLEMENTATION STATIC API NO_STDIO NO_SIMD NO_THREADS DOUBLE STRICT MALLOC FREE REALLOC ASSERT H"
bad=
for word in $(grep -oE '^ *# *(if|ifdef|ifndef|elif).*' lstmfc.h | grep -oE 'LSTMFC_[A-Z][A-Z_]*' | sort -u); do
    case " $allowed " in *" ${word#LSTMFC_} "*) ;; *) bad="$bad $word";; esac
done
[ -z "$bad" ] && pass "only the documented switches" || fail "switches:$bad"

# ---- options: the words of a choice are one list with constants, or nothing ----
row() {                                         # what the words are, the list, whether it compiles
    printf '#include "lstmfc.h"\n#define WORDS(X) X(WORD_A, "a") X(WORD_B, "b")\n%s\nstruct d { int32_t word; };\nconst lstmfc_field f[] = { LSTMFC_FIELD(struct d, CHOICE, word, "a", %s, "help") };\n' "$2" "$3" > "$out/row.c"
    cp "$out/row.c" "$out/row.cpp"
    for compiler in "gcc -std=c99 -pedantic" "g++ -std=c++11 -pedantic"; do
        case $compiler in g++*) source=$out/row.cpp;; *) source=$out/row.c;; esac
        $compiler -Wall -Wextra -Werror -I. -fsyntax-only "$source" 2> "$out/log" && compiled=yes || compiled=no
        [ $compiled = "$4" ] && pass "${compiler%% *}: a choice with $1: compiles $4" || { fail "${compiler%% *}: a choice with $1: compiles $compiled"; head -3 "$out/log"; }
    done
}
row "a list and its constants" 'enum { WORDS(LSTMFC__CONSTANT) };' WORDS yes
row "a list without constants" '' WORDS no
row "its words as a text"      '' '"a|b"' no

# ---- the cut before each chapter ----
restore=$(grep -n '^#  pragma STDC FP_CONTRACT DEFAULT' lstmfc.h | tail -1 | cut -d: -f1)
end=$(grep -n '^#endif /\* LSTMFC_IMPLEMENTATION \*/' lstmfc.h | cut -d: -f1)
without() {                                     # number of the first chapter that is gone
    local banner dir=$out/cut$1 flags=
    banner=$(grep -nE "^   $1 [a-z0-9]+ >>[a-z0-9]+\$" lstmfc.h | cut -d: -f1)
    mkdir -p "$dir"
    { head -$((banner - 2)) lstmfc.h; sed -n "$((restore - 1)),${end}p" lstmfc.h; } > "$dir/lstmfc.h"
    cp "$out/all.c" "$dir/all.c"; cp "$out/all.c" "$dir/all.cpp"
    for compiler in "gcc -std=c99" "g++ -std=c++11"; do
        case $compiler in g++*) source=$dir/all.cpp;; *) source=$dir/all.c;; esac
        if ! $compiler -O0 -Wall -Wextra -pedantic -Werror -I"$dir" -c "$source" -o "$dir/all.o" > "$dir/log" 2>&1; then
            fail "cut before chapter $1, $compiler"; grep -E 'error|warning' "$dir/log" | head -3; continue
        fi
        if nm -u "$dir/all.o" | grep -q lstmfc; then fail "cut before chapter $1, $compiler: undefined"; nm -u "$dir/all.o" | grep lstmfc | head -3
        else pass "cut before chapter $1, $compiler"; fi
    done
    rm -rf "$dir"
}
for chapter in $(seq 2 20); do room; without "$chapter" & done
wait

# ---- names ----
for compiler in gcc clang; do
    have $compiler || { skip "names with $compiler (package $compiler)"; continue; }
    $compiler -std=c99 -O0 -I. -c "$out/all.c" -o "$out/all.o" || { fail "$compiler: compiles"; continue; }
    leak=$(nm -g --defined-only "$out/all.o" | awk '{ print $3 }' | grep -v '^lstmfc_[a-z0-9]' | head -5)
    [ -z "$leak" ] && pass "$compiler: external names begin with lstmfc_ ($(nm -g --defined-only "$out/all.o" | wc -l))" || fail "external names: $leak"
    public=$(nm -g --defined-only "$out/all.o" | grep -c ' T ')
    [ "$public" -le 356 ] && pass "$compiler: at most 356 exported functions ($public)" || fail "$compiler: $public exported functions, at most 356"
    private=$(nm -g --defined-only "$out/all.o" | awk '{ print $3 }' | grep '^lstmfc__' | head -5)
    [ -z "$private" ] && pass "$compiler: nothing private is external" || fail "private but external: $private"
    missing=$(nm -u "$out/all.o" | awk '{ print $2 }' | grep '^lstmfc' | head -5)
    [ -z "$missing" ] && pass "$compiler: every function is there" || fail "declared, used, absent: $missing"
    for flags in "-O2" "-O2 -fPIC" "-O0"; do
        $compiler -std=c99 $flags -I. -c "$out/all.c" -o "$out/all.o"
        data=$(size -A "$out/all.o" | awk '$1 ~ /^\.(data|bss|tdata|tbss)/ && $1 !~ /^\.data\.rel\.ro/ && $2 > 0 { print $1, $2 }')
        [ -z "$data" ] && pass "$compiler $flags: no writable data" || fail "$compiler $flags: writable data: $data"
    done
done
implemented=$(nm --defined-only "$out/all.o" 2> /dev/null | awk '{ print $3 }' | sort -u)
bad=$(sed -n '/^#ifndef LSTMFC_H$/,/^#endif \/\* LSTMFC_H \*\//p' lstmfc.h | grep -oE '^LSTMFC_API .*' | grep -oE 'lstmfc_[a-z0-9_]+\(' | tr -d '(' | sort -u | while read -r name; do
    echo "$implemented" | grep -qx "$name" || echo "$name"; done)
[ -z "$bad" ] && pass "every declared function is implemented" || fail "declared, not implemented: $(echo $bad | cut -c1-300)"

grep -ohE '^ *# *include <[^>]+>' lstmfc.h | sort -u | while read -r line; do
    echo "$line" | gcc -E - > /dev/null 2>&1 && echo "$line"
done > "$out/system.h"
gcc -std=c99 -dM -E -x c "$out/system.h" | awk '{ print $2 }' | sed 's/(.*//' | sort -u > "$out/before"
gcc -std=c99 -dM -E -I. "$out/all.c" | awk '{ print $2 }' | sed 's/(.*//' | sort -u > "$out/after"
leak=$(comm -13 "$out/before" "$out/after" | grep -vE '^(LSTMFC_|lstmfc__|__need_)' | head -5)
[ -z "$leak" ] && pass "macros begin with LSTMFC_ or lstmfc__" || fail "macros: $leak"

# ---- who leans on whom: the shim on public names; library, say, files, options, tool each only on those before it ----
grep -n 'lstmfc__' wasm/*.c > "$out/private" && { fail "the WebAssembly shim calls private names"; head -3 "$out/private"; } \
    || pass "the WebAssembly shim calls public names alone"
before= bad=
for unit in library say files options tool; do
    gcc -std=c99 -O0 -w -I. -c "tools/lstmfc/$unit.c" -o "$out/$unit.o"
    for lower in $before; do
        nm --defined-only "$out/$unit.o" | awk '$2 == "T" && $3 !~ /^lstmfc_/ { print $3 }' > "$out/given"
        asked=$(nm -u "$out/$lower.o" | awk '{ print $2 }' | grep -xFf "$out/given" | tr '\n' ' ')
        [ -z "$asked" ] || bad="$bad $lower.c asks $unit.c for $asked"
    done
    before="$before $unit"
done
[ -z "$bad" ] && pass "tools: library, say, files, options, tool, each on those before it" || fail "tools: circle:$bad"

# ---- under another name, in another folder ----
rm -rf "$out/vendor" && mkdir -p "$out/vendor"
cp lstmfc.h "$out/vendor/renamed.h"
printf '#define LSTMFC_IMPLEMENTATION\n#include "vendor/renamed.h"\nint main(void) { return lstmfc_version() == 0; }\n' > "$out/renamed.c"
for compiler in gcc clang g++; do
    have $compiler || { skip "another name with $compiler (package $compiler)"; continue; }
    language=; [ $compiler = g++ ] && language="-x c++"
    if $compiler $language "-DLSTMFC__SELF=\"renamed.h\"" -O0 "$out/renamed.c" -o "$out/renamed" -lm 2> "$out/log" && "$out/renamed"; then pass "$compiler: under another name, with LSTMFC__SELF"
    else fail "$compiler: under another name, with LSTMFC__SELF"; head -3 "$out/log"; fi
    if $compiler $language -O0 "$out/renamed.c" -o "$out/renamed" -lm 2> "$out/log"; then fail "$compiler: under another name compiles without LSTMFC__SELF"
    elif grep -q 'define LSTMFC__SELF' "$out/log"; then pass "$compiler: under another name: the message names LSTMFC__SELF"
    else fail "$compiler: under another name: another message"; head -3 "$out/log"; fi
    if $compiler $language -DLSTMFC_NO_SIMD -O0 "$out/renamed.c" -o "$out/renamed" -lm 2> "$out/log" && "$out/renamed"; then pass "$compiler: under another name, with LSTMFC_NO_SIMD"
    else fail "$compiler: under another name, with LSTMFC_NO_SIMD"; head -3 "$out/log"; fi
done
cp lstmfc.h "$out/vendor/lstmfc.h"
printf '#define LSTMFC_IMPLEMENTATION\n#include <lstmfc.h>\nint main(void) { return lstmfc_version() == 0; }\n' > "$out/system.c"
(cd "$out" && gcc -O0 -Ivendor system.c -o system -lm && ./system) && pass "found by -I in another folder" || fail "found by -I in another folder"

printf '#include <stddef.h>\n#include <stdint.h>\n' > "$out/bare.c"
gcc -std=c99 -dM -E "$out/bare.c" | awk '{ print $2 }' | sed 's/(.*//' | sort -u > "$out/before"
gcc -std=c99 -dM -E -I. "$out/only.c" | awk '{ print $2 }' | sed 's/(.*//' | sort -u > "$out/after"
leak=$(comm -13 "$out/before" "$out/after" | grep -v '^LSTMFC_' | head -5)
[ -z "$leak" ] && pass "the API alone defines only LSTMFC_ macros" || fail "macros of the API: $leak"
if have clang; then
    # the name is the word before the quoted type, or the last of a record's line
    names() {
        clang -std=c99 -fsyntax-only -Xclang -ast-dump -fno-color-diagnostics -I. "$1" 2> /dev/null \
            | grep -E '^[|`]-(Function|Typedef|Record|Var)Decl|EnumConstantDecl' | grep -v ' implicit ' | sed -E "s/ '.*//; s/ definition$//; s/.* //" | grep -vE '^(struct|union|enum)$' | sort -u
    }
    names "$out/bare.c" > "$out/before"
    names "$out/only.c" > "$out/after"
    leak=$(grep -vE '^(lstmfc|LSTMFC)' "$out/after" | grep -vxFf "$out/before" | head -5)
    count=$(grep -cE '^(lstmfc|LSTMFC)' "$out/after")
    [ -z "$leak" ] && [ "$count" -gt 300 ] && pass "types, functions and constants of the API begin with lstmfc ($count)" || fail "names of the API ($count): $leak"
else skip "names of types and constants (package clang)"; fi

# ---- libc ----
gcc -std=c99 -O0 -fno-builtin -I. -c "$out/all.c" -o "$out/all.o"
bad=$(nm -u "$out/all.o" | awk '{ print $2 }' | grep -xE '(exp|expm1|exp2|log|log2|log10|log1p|pow|sin|cos|tan|sinh|cosh|tanh|erf|erfc|cbrt|hypot|fma|tgamma|lgamma)f?|v?f?s?n?printf|f?s?scanf|puts|fputs|putchar|fprintf|strto(d|f|l|ul|ll|ull)|ato[ifl]|is(alpha|digit|space|alnum|upper|lower|print|nan|inf)|to(upper|lower)|setlocale|strcoll|strerror|exit|_?exit|abort|__assert_fail|getenv|time|clock|gettimeofday|clock_gettime|rand|srand|random|qsort|strtok|localtime|gmtime|mktime|strftime|signal|longjmp')
[ -z "$bad" ] && pass "nothing of libc that it promises not to use" || fail "libc: $bad"
echo "uses: $(nm -u "$out/all.o" | awk '{ print $2 }' | sort | tr '\n' ' ')"
finish
