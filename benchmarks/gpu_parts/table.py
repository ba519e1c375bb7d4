"""The short table that is printed last."""

from __future__ import annotations


def short(results: dict) -> str:
    parts = results["parts"]
    lines = [f"{results['machine']['card']}, torch {results['machine']['torch']}, "
             f"triton {results['machine']['triton']}"]  # fmt: skip
    renderers = {
        "search": _search,
        "correctness": _correctness,
        "speed": _speed,
        "compile": _compile,
        "bytes": _bytes,
        "metered": _metered,
        "lessons": _lessons,
    }
    for name, render in renderers.items():
        part = parts.get(name)
        if part is None:
            continue
        if part["status"] != "done":
            lines.append(f"{name}: {part['status']} {part.get('error', '')}")
        else:
            lines += ["", *render(part)]
    return "\n".join(lines)


def _search(part) -> list[str]:
    out = [f"search at seqlen {part['seqlen']} (ms)"]
    for r in part["top"]:
        out.append(
            f"  {r['way']:8} {r['variant'] or '-':17} d{r['head_dim']:<4}"
            f"{'causal' if r['causal'] else 'full':7}{r['BLOCK_M']:4} x {r['BLOCK_N']:<4}"
            f"{r['num_warps']} warps {r['num_stages']} stages {r['ms']:9.3f}"
        )
    failed = {}
    for r in part["records"]:
        if "error" in r:
            reason = r["error"].split(":")[0]
            failed[reason] = failed.get(reason, 0) + 1
    return [*out, f"  could not run: {failed or 'none'}"]


def _correctness(part) -> list[str]:
    out = [f"correctness: {part['cases']} cases, {len(part['failures'])} failures, "
           f"worst error/bound {part['worst_error_over_bound']}"]  # fmt: skip
    for f in part["failures"][:8]:
        bad = {k: v for k, v in f.get("verdicts", {}).items() if not v["ok"]}
        where = {k: f[k] for k in ("kernel", "shape", "dtype", "precision", "causal") if k in f}
        out.append(f"  {where} {bad or f.get('error') or (f.get('error'), f.get('bound'))}")
    return out


def _speed(part) -> list[str]:
    names = list(part["rows"][0]["forward"]) if part["rows"] else []
    out = []
    for way in ("forward", "backward"):
        out.append(f"{way}, TFLOP/s" + " " * 12 + "".join(f"{n:>12}" for n in names)
                   + "   ours/flash")  # fmt: skip
        for row in part["rows"]:
            cells = [row[way].get(n, {}).get("tflops") for n in names]
            words = "".join(f"{c:12.1f}" if c is not None else f"{'-':>12}" for c in cells)
            kind = "causal" if row["causal"] else "full"
            ratio = row["ratios"][way].get("sdpa_flash")
            out.append(
                f"  d{row['head_dim']:<4} {kind:7} N={row['seqlen']:<6}     {words}   {ratio}"
            )
    bars = part.get("bars", [])
    missed = [b for b in bars if not b["met"]]
    out.append(f"bars met: {len(bars) - len(missed)} of {len(bars)}")
    for b in missed:
        out.append("  missed: " + ", ".join(f"{k} {v}" for k, v in b.items() if k != "met"))
    return out


def _compile(part) -> list[str]:
    out = [
        f"compile report for {part['card']}: {part['same']} of {part['compared']} equal the "
        f"launched kernel, {part['verdicts_right']} of {part['verdicts']} verdicts right"
    ]
    return out + [f"  differs: {d}" for d in part["failures"][:8]]


def _bytes(part) -> list[str]:
    out = [f"bytes: {part['note']}"] if "note" in part else []
    keys = ("dram_mb", "l2_mb", "tile_mb", "compulsory_mb")
    for row in part.get("rows", ()):
        if row is part["rows"][0]:
            out.append("bytes, MB (10^6)".ljust(34) + "".join(f"{key:>15}" for key in keys))
        words = "".join(f"{row[key]:15.2f}" for key in keys)
        out.append(f"  {row['what']:12} {row['heads']:3} heads N={row['seqlen']:<8}{words}")
    return out


def _metered(part) -> list[str]:
    verdict = "differs" if part["failures"] else "equal"
    return [
        f"metered: {sum(part['bytes'].values()):,} bytes, {verdict}; natively: {part['native']}"
    ]


def _lessons(part) -> list[str]:
    out = [f"lessons: {part['passed']} of {part['run']} ran clean"]
    return out + [f"  {f['lesson']}: {f['why']}" for f in part["failures"][:8]]
