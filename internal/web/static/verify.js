// Conveniences of the verifier's form: drop a file, paste one, scan a QR code. The form
// works without them. What the camera sees stays in the browser: where it can read codes
// itself, the code's text is given to the form; otherwise the one picture that the person
// takes is, as a file.
"use strict";

(() => {
  const form = document.getElementById("form");
  if (!form) return;
  const file = form.elements.file;
  const badge = form.elements.badge;
  const photo = form.elements.photo;
  const submit = form.querySelector("[type=submit]");
  const said = document.getElementById("said");
  const say = (key, name) => { said.textContent = form.dataset[key].replace("{name}", name || ""); };

  const choose = (files) => {
    const held = new DataTransfer();
    for (const each of files) held.items.add(each);
    file.files = held.files;
    photo.value = "";
    badge.value = "";
    say("chosen", Array.from(files, (each) => each.name).join(", "));
  };
  const write = (text) => {
    badge.value = text;
    file.value = photo.value = "";
    say("pasted");
  };

  // The last thing that was given counts.
  file.addEventListener("change", () => { if (file.files.length) choose(file.files); });
  photo.addEventListener("change", () => { if (photo.files.length) { file.value = badge.value = ""; say("chosen", photo.files[0].name); } });
  badge.addEventListener("input", () => { file.value = photo.value = ""; said.textContent = ""; });

  let inside = 0;
  const over = (on) => form.classList.toggle("over", on);
  form.addEventListener("dragenter", (e) => { e.preventDefault(); inside++; over(true); });
  form.addEventListener("dragleave", () => { if (--inside <= 0) { inside = 0; over(false); } });
  form.addEventListener("dragover", (e) => { e.preventDefault(); });
  form.addEventListener("drop", (e) => {
    e.preventDefault();
    inside = 0;
    over(false);
    const text = e.dataTransfer.getData("text/uri-list") || e.dataTransfer.getData("text/plain");
    if (e.dataTransfer.files.length) choose(e.dataTransfer.files);
    else if (text) write(text.trim());
    submit.focus();
  });
  document.addEventListener("paste", (e) => {
    if (document.querySelector("dialog[open]")) return;
    if (e.clipboardData.files.length) {
      e.preventDefault();
      choose(e.clipboardData.files);
      submit.focus();
    } else if (!(e.target instanceof HTMLInputElement || e.target instanceof HTMLTextAreaElement)) {
      const text = e.clipboardData.getData("text/plain").trim();
      if (!text) return;
      write(text);
      submit.focus();
    }
  });

  form.addEventListener("submit", () => { say("busy"); submit.setAttribute("aria-disabled", "true"); });
  submit.addEventListener("click", (e) => { if (submit.getAttribute("aria-disabled") === "true") e.preventDefault(); });
  window.addEventListener("pageshow", () => { submit.removeAttribute("aria-disabled"); said.textContent = ""; });

  // The camera.
  const scan = document.getElementById("scan");
  const dialog = document.getElementById("camera");
  const video = dialog.querySelector("video");
  if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) return;
  scan.hidden = false;
  let stream = null;
  const stop = () => {
    if (stream) stream.getTracks().forEach((t) => t.stop());
    stream = video.srcObject = null;
  };
  const detector = async () => {
    if (!("BarcodeDetector" in window)) return null;
    const formats = await BarcodeDetector.getSupportedFormats();
    return formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
  };
  const watch = async () => {
    const reader = await detector().catch(() => null);
    while (reader && stream) {
      const found = await reader.detect(video).catch(() => []);
      if (found.length && stream) {
        dialog.close();
        write(found[0].rawValue);
        form.requestSubmit(submit);
        return;
      }
      await new Promise((done) => { setTimeout(done, 250); });
    }
  };
  scan.addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
    } catch {
      say("none");
      return;
    }
    dialog.showModal();
    video.srcObject = stream;
    await video.play().catch(() => {});
    watch();
  });
  dialog.addEventListener("close", () => { stop(); });
  document.getElementById("close").addEventListener("click", () => { dialog.close(); });
  document.getElementById("take").addEventListener("click", () => {
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((blob) => {
      dialog.close();
      if (!blob) return say("none");
      choose([new File([blob], "photo.png", { type: "image/png" })]);
      form.requestSubmit(submit);
    }, "image/png");
  });
})();
