#!/usr/bin/env bash
# Opens every page of a reports folder in headless Chromium: no console messages, no request to any network, nothing wider
# than the window at 390 and 1280 px, in light and in dark, and a PDF by printing. usage: validation/browser.sh [reports]
set -uo pipefail
folder=$(realpath "${1:-reports}")
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || { echo "no Chromium"; exit 2; }
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
chromium() { timeout 120 "$browser" --headless=new --no-sandbox --disable-gpu --allow-file-access-from-files --disable-background-networking \
    --host-resolver-rules="MAP * ~NOTFOUND" --user-data-dir="$work/profile" --enable-logging=stderr --v=0 "$@"; }
failed=0
fail() { echo "FAIL  $1"; failed=1; }
pages=$(find "$folder" -name '*.html' | sort)
for page in $pages; do
    name=${page#"$folder"/}
    grep -Eq '(src|href)="(https?:)?//' <(sed 's/<a [^>]*>//g' "$page") && fail "$name: loads from the network"
    for scheme in 0 1; do # dark, light
        for width in 390 1280; do
            # A frame of that width, whose own width of content the page around it reads.
            cat >"$work/frame.html" <<HTML
<iframe id="f" src="file://$page" style="border:0;width:${width}px;height:2000px"></iframe><output id="o">unread</output>
<script>f.onload = () => { const d = f.contentDocument.documentElement; o.textContent = "width=" + d.scrollWidth; }</script>
HTML
            dom=$(chromium --blink-settings=preferredColorScheme=$scheme --window-size=1400,2100 --virtual-time-budget=10000 \
                --dump-dom "file://$work/frame.html" 2>"$work/log")
            seen=$(grep -oE 'width=[0-9]+' <<<"$dom" | tail -1 | cut -d= -f2)
            [ -n "$seen" ] || { fail "$name: not read at $width px"; continue; }
            [ "$seen" -le "$width" ] || fail "$name: $seen px wide in a window of $width px"
            grep 'CONSOLE' "$work/log" && fail "$name: console messages at $width px"
        done
    done
    chromium --print-to-pdf="$work/page.pdf" --no-pdf-header-footer "file://$page" >/dev/null 2>&1
    [ "$(head -c 4 "$work/page.pdf" 2>/dev/null)" = "%PDF" ] || fail "$name: does not print"
    rm -f "$work/page.pdf"
done
echo "$(wc -w <<<"$pages") pages checked"
exit $failed
