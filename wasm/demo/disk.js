// Not a module: browsers run no module script of a page opened from a disk, and the page would wait for it for ever. So say what does open.
(function () {
    if (location.protocol !== 'file:') return;
    var single = document.currentScript.getAttribute('data-single'),
        problem = document.getElementById('problem'),
        status = document.getElementById('status'),
        link = document.createElement('a'),
        words = document.createElement('span');
    link.href = single;
    link.textContent = single;
    words.append('This page needs a web server. From a disk open ', link, ' beside it: the same page in one file.');
    problem.replaceChildren(words);
    problem.hidden = false;
    if (status) status.textContent = 'Not started.';
})();
