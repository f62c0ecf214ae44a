# From the preprocessed public declarations of lstmfc.h, one a line, with a line "chapter N" before each chapter: a C file with a table
# of calls, every function that takes pointers once with all of them NULL and once with each of them alone. Which functions trust
# their pointers instead is said at the top of the header: NULL there.
function trim(s) { gsub(/^ +| +$/, "", s); gsub(/ +/, " ", s); return s }
function trusted(name, arguments) {
    if (name ~ /_free$|_fields$/ || name == "lstmfc_linear_predict") return 0
    return chapter ~ /^(3|4|6|7|8|13|16)$/ && arguments !~ /lstmfc_error \*/ || name ~ /^lstmfc_(plateau|stopping)_step$/
}
function value(type, name,    t) {
    t = type; gsub(/const|struct| /, "", t)
    if (t == "char*" && type !~ /const/) return name == "text" ? "malloc(64)" : "scratch.bytes"     # file_release takes it
    if (t == "void*" && name == "desc") return "scratch.signal_desc"
    if (t == "char*") return name == "path" ? "\"/nowhere/at/all\"" : name == "spec" ? "\"close\"" : name == "prefix" ? "\"\"" : "scratch.text"
    if (t == "char") return "'{'"
    if (t == "lstmfc_task" || t == "lstmfc_sweep_targets") return t == "lstmfc_task" ? "no_task" : "no_targets"
    if (t == "double*") return "scratch.doubles"
    if (t == "lstmfc_candles**") return "(const lstmfc_candles *const *)&scratch.candles"
    if (t == "double**") return "(const double *const *)&scratch.doubles"
    if (t == "lstmfc_real*") return "scratch.reals"
    if (t == "int32_t*" || t == "int64_t*" || t == "size_t*" || t == "void*") return "(void *)scratch.numbers"
    if (t ~ /\*$/) { sub(/^lstmfc_/, "", t); sub(/\*$/, "", t); return t in object ? "scratch." t : "scratch.bytes" }
    if (name == "length") return "strlen(scratch.text)"
    if (t == "float" || t == "double") return "0.5"
    if (name == "texts_size") return "sizeof scratch.bytes"
    if (name == "object" || name == "node") return "0"
    if (name == "resamples") return "100"
    if (name == "blocks" || name == "trials") return "2"
    return name == "count" && fields ? "3" : name == "count" || name == "n" ? "scratch.count" : "1"
}
# the objects that null_calls.c has ready; any other struct is plain memory, zeroed
BEGIN {
    n = split("model scratch gradients optimizer trainer candles features features_state json linear fit forecaster stream steps writer batch " \
              "loss_desc draw env tensor forecast spans csv_desc features_desc candles_report model_desc training_desc optimizer_desc " \
              "forecaster_desc signal_desc backtest_desc gradcheck_result bootstrap direction field", ready, " ")
    for (i = 1; i <= n; i++) object[ready[i]] = 1
}
$1 == "chapter" { chapter = $2; next }
match($0, /lstmfc_[a-z0-9_]+ *\(/) {
    name = substr($0, RSTART, RLENGTH); sub(/ *\($/, "", name)
    returns = trim(substr($0, 1, RSTART - 1)); sub(/^extern */, "", returns)
    arguments = substr($0, RSTART + RLENGTH); sub(/\) *;? *$/, "", arguments)
    if (arguments !~ /[*\[]/) next
    if (trusted(name, arguments)) { kept++; next }
    fields = arguments ~ /lstmfc_field \*/
    n = split(arguments, list, ",")
    pointers = 0
    for (i = 1; i <= n; i++) {
        a = trim(list[i]); array = a ~ /\[/
        sub(/\[[^\]]*\]/, "", a)
        match(a, /[A-Za-z_0-9]+$/)
        names[i] = substr(a, RSTART); types[i] = trim(substr(a, 1, RSTART - 1)) (array ? "*" : "")
        if (types[i] ~ /\*/ && names[i] != "err") pointers++
    }
    if (!pointers) next
    for (k = 0; k <= n; k++) {              # 0: all of them
        if (k && (types[k] !~ /\*/ || (pointers == 1 && names[k] != "err"))) continue
        call = ""
        for (i = 1; i <= n; i++) {
            pointer = types[i] ~ /\*/
            if (names[i] == "err") v = k == i ? "NULL" : "&scratch.err"
            else v = pointer && (k == i || k == 0) ? "NULL" : value(types[i], names[i])
            if (names[i] == "err" && k == 0) v = "&scratch.err"
            call = call (i > 1 ? ", " : "") (pointer ? "(" types[i] ")(uintptr_t)" v : v)
        }
        what = name " " (k ? names[k] : "all")
        if (returns == "void") body = name "(" call "); return 4;"
        else if (returns == "lstmfc_result") body = "return " name "(" call ") < 0 ? 1 : 0;"
        else if (returns ~ /\*$/) body = "return " name "(" call ") ? 0 : 1;"
        else body = "(void)" name "(" call "); return 4;"
        printf "static int call_%d(void) { %s }\n", calls, body
        table = table sprintf("    {\"%s\", call_%d, %d},\n", what, calls, arguments ~ /lstmfc_error \*/ && k && names[k] == "err" ? 2 : arguments ~ /lstmfc_error \*/)
        calls++
    }
}
END {
    printf "static const struct { const char *what; int (*call)(void); int has_error; } calls[] = {\n%s};\n", table
    printf "enum { CALLS = %d, TRUSTED = %d };\n", calls, kept
}
