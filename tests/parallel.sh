# tests/parallel.sh, to be sourced by bash scripts: jobs side by side, each reporting one line, and the sum at the end.
#     results=FILE; . tests/parallel.sh
#     room; { work && pass "name" || fail "name"; } &        as many jobs at a time as there are processors
#     skip "name: no such-compiler (package such)"
#     finish                                                 waits, prints "N passed, N failed, N skipped", exits
: > "$results"
processors=$(getconf _NPROCESSORS_ONLN 2> /dev/null || echo 2)
pass() { echo "ok    $1"; echo ok >> "$results"; }
fail() { echo "FAIL  $1"; echo FAIL >> "$results"; }
skip() { echo "skip  $1"; echo skip >> "$results"; }
have() { command -v "$1" > /dev/null 2>&1; }
room() { while [ "$(jobs -rp | wc -l)" -ge "$processors" ]; do wait -n; done; }
finish() {
    wait
    echo "$(grep -c ok "$results") passed, $(grep -c FAIL "$results") failed, $(grep -c skip "$results") skipped"
    ! grep -q FAIL "$results"
    exit
}
# One test program (tests/NAME.c), already built as FILE, run by RUNNER (may be empty): its last line is its own count.
run_program() {                             # name, file, runner
    if $3 "$2" > "$2.txt" 2>&1; then pass "$1: $(tail -1 "$2.txt")"
    else
        tail -12 "$2.txt" | sed 's/^/        /'
        fail "$1"
    fi
}

# Test programs that call public functions alone are linked with one build of the header, `library FILE COMPILER...`; what looks inside
# has a build of its own. `build NAME FILE LIBRARY COMPILER...` makes FILE of tests/NAME.c either way.
linked=" $(make -s linked) "
library() { local file=$1; shift; "$@" -ULSTMFC_STATIC -DLSTMFC_IMPLEMENTATION -x c -c lstmfc.h -o "$file"; }
build() {
    local test=$1 file=$2 library=$3
    shift 3
    case $linked in
    *" $test "*)
        { echo "#line 1 \"tests/$test.c\""; sed 's/^#define LSTMFC_IMPLEMENTATION$//' "tests/$test.c"; } > "$file.c"
        "$@" -ULSTMFC_STATIC -Itests "$file.c" "$library" -o "$file" -lm ;;
    *) "$@" "tests/$test.c" -o "$file" -lm ;;
    esac
}
