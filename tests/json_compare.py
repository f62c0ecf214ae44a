"""Chapter 15 against Python's json module: the same texts are accepted, and they mean the same.

Texts are made from small documents by cutting, doubling, replacing and inserting pieces. Python's reader is made as strict as ours: no
NaN or Infinity, no duplicate keys, no halves of surrogate pairs, UTF-8 only, no byte order mark, at most 64 levels. Needs a C compiler.
"""
import json
import os
import random
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
seeds = ['{"a":[1,-2.5e3,"\\u00e9\\ud83d\\ude00\\n",null,true,false],"b":{"c":{},"d":""}}', '[0,-0,1e5,1E-5,0.1,123456789012345678,1e999,4.9e-324]',
         '"\u00e9\u20ac\U0001f600 \\/ \\\\ \\" \\b"', '[[[[]]],[{}],{"x":[{"y":1}]}]', ' { "k" : [ 1 , 2 ] , "l" : null } ', '-12.5e+10', 'true']
pieces = [b'"', b'\\', b',', b':', b'[', b']', b'{', b'}', b'0', b'1', b'-', b'+', b'.', b'e', b'E5', b'\\u', b'\\ud800', b'\\udc00', b'\\u0041', b'a', b'"a":',
          b'null', b'true', b'NaN', b'Infinity', b' ', b'\n', b'\t', b'\x00', b'\x1f', b'\x7f', b'\xc3\xa9', b'\xc3', b'\xed\xa0\x80', b'\xf4\x90\x80\x80', b'\xef\xbb\xbf']


def mutate(rng):
    text = bytearray(rng.choice(seeds).encode())
    for _ in range(rng.randrange(4)):
        a = rng.randrange(len(text) + 1)
        b = min(len(text), a + rng.randrange(4))
        text[a:b] = rng.choice([b'', rng.choice(pieces), text[a:b] * 2, bytes(text[rng.randrange(len(text) + 1):][:6])])
    return bytes(text)


def unique(pairs):
    if len({k for k, _ in pairs}) != len(pairs):
        raise ValueError('duplicate key')
    return dict(pairs)


def refuse(name):
    raise ValueError(name)


def strict(text):
    value = json.loads(text.decode('utf-8'), object_pairs_hook=unique, parse_constant=refuse, parse_int=float)
    json.dumps(value, ensure_ascii=False).encode('utf-8')       # raises for a lone surrogate
    return value


def same(a, b):
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):                                    # 1e999 has no value: null
        return b is None if abs(a) == float('inf') else isinstance(b, float) and str(b) == str(a)
    if isinstance(a, str):                                      # the driver prints NUL-ended texts
        return isinstance(b, str) and a.split('\0')[0] == b
    return a is b


rng = random.Random(15)
texts = [mutate(rng) for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 60000)]
texts = [t for t in texts if b'\\u0000' not in t]
with tempfile.TemporaryDirectory() as tmp:
    driver = os.path.join(tmp, 'driver')
    subprocess.run([os.environ.get('CC', 'cc'), '-std=c99', '-O1', '-w', os.path.join(here, 'json_driver.c'), '-o', driver, '-lm'], check=True)
    out = subprocess.run([driver], input=b''.join(b'%d\n' % len(t) + t for t in texts), stdout=subprocess.PIPE, check=True).stdout.split(b'\n')[:-1]
assert len(out) == len(texts), (len(out), len(texts))
bad = good = 0
for text, line in zip(texts, out):
    try:
        value, accepted = strict(text), True
    except (ValueError, RecursionError):
        value, accepted = None, False
    good += accepted
    if accepted != line.startswith(b'yes') or (accepted and not same(value, json.loads(line[4:], parse_int=float))):
        bad += 1
        if bad < 10:
            print('FAIL', text, 'Python', accepted, 'ours', line)
print(f'{len(texts)} texts, {good} of them JSON, {bad} judged differently')
print(f'{int(bad == 0)} passed, {int(bad != 0)} failed, 0 skipped')
sys.exit(bad != 0)
