/* Light and dark, and the search over names. Works from the disk: the index is a script of the same folder. */
(function () {
  "use strict";
  var root = document.documentElement;
  function stored(value) {
    try { return value === undefined ? localStorage.getItem("theme") : localStorage.setItem("theme", value); } catch (error) { return null; }
  }
  if (stored()) root.setAttribute("data-theme", stored());

  function score(name, words) {                 /* 0 = no match; better: the whole name, then its beginning, then a word's */
    var short = name.replace(/^lstmfc_+/, ""), total = 1, i, at;
    for (i = 0; i < words.length; i++) {
      at = name.indexOf(words[i]);
      if (at < 0) return 0;
      total += short === words[i] || name === words[i] ? 90 : short.indexOf(words[i]) === 0 ? 40 : /[_ ]/.test(name.charAt(at - 1)) ? 20 : 5;
    }
    return total - name.length / 100;
  }

  function find(text) {
    var words = text.toLowerCase().split(/\s+/).filter(Boolean), hits = [], i, points;
    if (!words.length) return hits;
    for (i = 0; i < INDEX.length; i++) {
      points = score(INDEX[i][0].toLowerCase(), words);
      if (!points) continue;
      if (INDEX[i][0].indexOf("__") < 0) points += 8;
      if (/^(chapter|tour|section)/.test(INDEX[i][2])) points += 12;
      hits.push([points, INDEX[i]]);
    }
    hits.sort(function (a, b) { return b[0] - a[0]; });
    return hits.slice(0, 40);
  }

  document.addEventListener("DOMContentLoaded", function () {
    var box = document.getElementById("search"), list = document.getElementById("found"), on = -1;

    function add(parent, kind, text) {
      var element = document.createElement(kind);
      element.textContent = text;
      parent.appendChild(element);
    }
    function show() {
      list.textContent = "";
      on = -1;
      find(box.value).forEach(function (hit) {
        var item = document.createElement("li"), link = document.createElement("a");
        link.href = hit[1][1];
        add(link, "i", hit[1][2]);
        add(link, "b", hit[1][0]);
        add(link, "span", hit[1][3]);
        item.appendChild(link);
        list.appendChild(item);
      });
    }
    function choose(step) {
      var items = list.children;
      if (!items.length) return;
      if (items[on]) items[on].className = "";
      on = (on + step + items.length) % items.length;
      items[on].className = "on";
      items[on].scrollIntoView({ block: "nearest" });
    }
    box.addEventListener("input", show);
    box.addEventListener("focus", show);
    box.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") { choose(event.key === "ArrowDown" ? 1 : -1); event.preventDefault(); }
      if (event.key === "Enter" && list.children.length) { list.children[on < 0 ? 0 : on].firstChild.click(); list.textContent = ""; box.blur(); }
      if (event.key === "Escape") { list.textContent = ""; box.blur(); }
    });
    document.addEventListener("click", function (event) { if (!event.target.closest(".search") || event.target.closest("#found")) list.textContent = ""; });
    document.addEventListener("keydown", function (event) {
      if (event.key === "/" && document.activeElement !== box) { box.focus(); event.preventDefault(); }
    });
    document.getElementById("theme").addEventListener("click", function () {
      var dark = root.getAttribute("data-theme") ? root.getAttribute("data-theme") === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      root.setAttribute("data-theme", dark ? "light" : "dark");
      stored(dark ? "light" : "dark");
    });
    document.querySelector("nav").addEventListener("click", function (event) { if (event.target.closest("a")) document.getElementById("menu").checked = false; });
  });
}());
