package bake

import (
	"bytes"
	"compress/zlib"
	"errors"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"
)

const (
	sampleJSON  = `{"id":"urn:uuid:1","name":"Bäcker ]]> & <b>"}`
	sampleToken = "eyJhbGciOiJFZERTQSJ9.eyJhIjoxfQ.c2lnbmF0dXJl"
)

// picture is a small PNG.
func picture(t testing.TB) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 7, 5))
	for i := range 35 {
		img.Set(i%7, i/7, color.NRGBA{uint8(7 * i), uint8(i), 200, uint8(255 - i)})
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// with puts chunks before the end of a PNG, each a type followed by its data.
func with(t testing.TB, file []byte, chunks ...string) []byte {
	t.Helper()
	end := len(file) - 12
	out := bytes.Clone(file[:end])
	for _, c := range chunks {
		out = appendChunk(out, c[:4], []byte(c[4:]))
	}
	return append(out, file[end:]...)
}

func deflated(text []byte) string {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	z.Write(text)
	z.Close()
	return out.String()
}

func samePixels(t testing.TB, a, b []byte) {
	t.Helper()
	first, err := png.Decode(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	second, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if first.Bounds() != second.Bounds() {
		t.Fatal("the image has another size")
	}
	for y := first.Bounds().Min.Y; y < first.Bounds().Max.Y; y++ {
		for x := first.Bounds().Min.X; x < first.Bounds().Max.X; x++ {
			if first.At(x, y) != second.At(x, y) {
				t.Fatalf("pixel %d,%d differs", x, y)
			}
		}
	}
}

func TestBakePNG(t *testing.T) {
	plain := picture(t)
	for _, credential := range []string{sampleJSON, sampleToken, sampleToken + "~WyJhIl0~", " \n" + sampleJSON + "\r\n"} {
		baked, err := BakePNG(plain, []byte(credential))
		if err != nil {
			t.Fatal(err)
		}
		want := bytes.TrimSpace([]byte(credential))
		if !bytes.Contains(baked, append([]byte("iTXtopenbadgecredential\x00\x00\x00\x00\x00"), want...)) {
			t.Errorf("%q: the chunk is not as the standard wants it", credential)
		}
		p, err := UnbakePNG(baked)
		if err != nil || !bytes.Equal(p.Bytes, want) || p.Kind != OpenBadges3 || p.Warnings != nil {
			t.Errorf("%q comes out as %+v, %v", credential, p, err)
		}
		samePixels(t, plain, baked)
	}
}

func TestBakePNGAgainReplaces(t *testing.T) {
	old := with(t, picture(t), "tEXtopenbadges\x00https://college.example/a", "zTXtopenbadgecredential\x00\x00x",
		"iTXtclrcredential\x00\x00\x00\x00\x00{}", "tEXtTitle\x00kept")
	first, err := BakePNG(old, []byte(`{"a":1}`))
	if err != nil {
		t.Fatal(err)
	}
	second, err := BakePNG(first, []byte(sampleJSON))
	if err != nil {
		t.Fatal(err)
	}
	third, err := BakePNG(second, []byte(sampleJSON))
	if err != nil || !bytes.Equal(second, third) {
		t.Errorf("baking the same again changes the file, %v", err)
	}
	if p, err := UnbakePNG(second); err != nil || string(p.Bytes) != sampleJSON || p.Warnings != nil {
		t.Errorf("%+v, %v", p, err)
	}
	if n := bytes.Count(second, []byte("openbadge")) + bytes.Count(second, []byte("clrcred")); n != 1 {
		t.Errorf("%d credentials are in the file", n)
	}
	if !bytes.Contains(second, []byte("tEXtTitle\x00kept")) {
		t.Error("a foreign chunk is lost")
	}
}

func TestBakeRefusesWhatIsNoCredential(t *testing.T) {
	for _, bad := range []string{"", " ", "{", "[]", "https://college.example/a", "a.b", "a.b.c.d", "a.b. c", "{\"a\":\"\x00\"}", "{\"\xff\"}"} {
		if _, err := BakePNG(picture(t), []byte(bad)); !errors.Is(err, ErrCredential) {
			t.Errorf("PNG, %q: %v", bad, err)
		}
		for _, jwt := range []bool{true, false} {
			if _, err := BakeSVG([]byte(plainSVG), []byte(bad), jwt); !errors.Is(err, ErrCredential) {
				t.Errorf("SVG, %q: %v", bad, err)
			}
		}
	}
	huge := "{" + string(bytes.Repeat([]byte{' '}, MaxPayloadBytes)) + "}"
	if _, err := BakePNG(picture(t), []byte(huge)); !errors.Is(err, ErrCredential) {
		t.Errorf("huge: %v", err)
	}
}

// Open Badges 1.0 put the address of an assertion into a tEXt chunk.
func TestUnbakePNGOfOpenBadges1(t *testing.T) {
	const address = "https://college.example/assertions/1"
	old := with(t, picture(t), "tEXtopenbadges\x00"+address)
	if p, err := UnbakePNG(old); err != nil || string(p.Bytes) != address || p.Kind != OpenBadges1 {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := UnbakePNG(with(t, old, "iTXtopenbadgecredential\x00\x00\x00\x00\x00{}")); !errors.Is(err, ErrConflict) {
		t.Errorf("an address and a credential: %v", err)
	}
	for _, chunk := range []string{"tEXtopenbadgecredential\x00{}", "zTXtopenbadges\x00\x00x", "tEXtclrcredential\x00{}", "tEXtOpenBadges\x00" + address} {
		if _, err := UnbakePNG(with(t, picture(t), chunk)); !errors.Is(err, ErrNoCredential) {
			t.Errorf("%q: %v", chunk, err)
		}
	}
}

func TestUnbakePNGLeniency(t *testing.T) {
	const head = "iTXtopenbadgecredential\x00"
	for name, test := range map[string]struct {
		chunks   []string
		want     string
		kind     Kind
		warnings int
	}{
		"blanks around":     {[]string{head + "\x00\x00\x00\x00 {} \n"}, "{}", OpenBadges3, 0},
		"language":          {[]string{head + "\x00\x00en\x00Abzeichen\x00{}"}, "{}", OpenBadges3, 0},
		"compressed":        {[]string{head + "\x01\x00\x00\x00" + deflated([]byte("{}"))}, "{}", OpenBadges3, 1},
		"two equal":         {[]string{head + "\x00\x00\x00\x00{}", head + "\x00\x00\x00\x00{}"}, "{}", OpenBadges3, 1},
		"equal, compressed": {[]string{head + "\x00\x00\x00\x00{}", head + "\x01\x00\x00\x00" + deflated([]byte("{}"))}, "{}", OpenBadges3, 2},
		"open badges 2":     {[]string{"iTXtopenbadges\x00\x00\x00\x00\x00https://college.example/a"}, "https://college.example/a", OpenBadges2, 0},
		"clr":               {[]string{"iTXtclrcredential\x00\x00\x00\x00\x00a.b.c"}, "a.b.c", CLR2, 0},
		"others ignored":    {[]string{"iTXtOpenBadgeCredential\x00\x00\x00\x00\x00x", "iTXtbroken", head + "\x00\x00\x00\x00{}"}, "{}", OpenBadges3, 0},
	} {
		p, err := UnbakePNG(with(t, picture(t), test.chunks...))
		if err != nil || string(p.Bytes) != test.want || p.Kind != test.kind || len(p.Warnings) != test.warnings {
			t.Errorf("%s: %+v (%s), %v", name, p, p.Bytes, err)
		}
	}
}

func TestUnbakePNGRefuses(t *testing.T) {
	const head = "iTXtopenbadgecredential\x00"
	good := with(t, picture(t), head+"\x00\x00\x00\x00{}")
	change := func(at int, b byte) []byte {
		out := bytes.Clone(good)
		out[at] ^= b
		return out
	}
	copies := func(n int) []byte {
		return with(t, picture(t), slices.Repeat([]string{head + "\x00\x00\x00\x00{}"}, n)...)
	}
	if p, err := UnbakePNG(copies(maxPlaces)); err != nil || string(p.Bytes) != "{}" {
		t.Errorf("as many copies as are read: %v", err)
	}
	inflating := head + "\x01\x00\x00\x00" + deflated([]byte("{"+strings.Repeat(" ", MaxPayloadBytes-2)+"}"))
	if _, err := UnbakePNG(with(t, picture(t), inflating, inflating)); err != nil {
		t.Errorf("as much as is inflated: %v", err)
	}
	twoHeaders := slices.Insert(bytes.Clone(good), 33, good[8:33]...)
	many := picture(t)
	for range 15 {
		many = with(t, many, slices.Repeat([]string{"tEXta\x00b"}, 1100)...)
	}
	for name, test := range map[string]struct {
		file []byte
		want error
	}{
		"none":              {picture(t), ErrNoCredential},
		"empty file":        {nil, ErrMalformed},
		"signature alone":   {good[:8], ErrMalformed},
		"wrong signature":   {change(0, 1), ErrMalformed},
		"length too long":   {change(8, 0x7f), ErrMalformed},
		"length changed":    {change(11, 1), ErrMalformed},
		"checksum":          {change(30, 1), ErrMalformed},
		"chunk type":        {change(12, 0x80), ErrMalformed},
		"cut":               {good[:len(good)-1], ErrMalformed},
		"no end":            {good[:len(good)-12], ErrMalformed},
		"data after end":    {append(bytes.Clone(good), 0), ErrMalformed},
		"image after end":   {append(bytes.Clone(good), good...), ErrMalformed},
		"two headers":       {twoHeaders, ErrMalformed},
		"no header":         {slices.Delete(bytes.Clone(good), 8, 33), ErrMalformed},
		"end with data":     {appendChunk(bytes.Clone(good[:len(good)-12]), "IEND", []byte{1}), ErrMalformed},
		"conflict":          {with(t, good, head+"\x00\x00\x00\x00{ }"), ErrConflict},
		"conflict of kinds": {with(t, good, "iTXtopenbadges\x00\x00\x00\x00\x00{ }"), ErrConflict},
		"empty text":        {with(t, picture(t), head+"\x00\x00\x00\x00 "), ErrMalformed},
		"not UTF-8":         {with(t, picture(t), head+"\x00\x00\x00\x00{\xff}"), ErrMalformed},
		"cut text":          {with(t, picture(t), head+"\x00"), ErrMalformed},
		"no language":       {with(t, picture(t), head+"\x00\x00{}"), ErrMalformed},
		"no translation":    {with(t, picture(t), head+"\x00\x00\x00{}"), ErrMalformed},
		"unknown flag":      {with(t, picture(t), head+"\x02\x00\x00\x00{}"), ErrMalformed},
		"unknown method":    {with(t, picture(t), head+"\x01\x01\x00\x00"+deflated([]byte("{}"))), ErrMalformed},
		"not deflated":      {with(t, picture(t), head+"\x01\x00\x00\x00{}"), ErrMalformed},
		"cut deflated":      {with(t, picture(t), head+"\x01\x00\x00\x00"+deflated([]byte("{}"))[:9]), ErrMalformed},
		"after deflated":    {with(t, picture(t), head+"\x01\x00\x00\x00"+deflated([]byte("{}"))+"x"), ErrMalformed},
		"bomb":              {with(t, picture(t), head+"\x01\x00\x00\x00"+deflated(make([]byte, MaxPayloadBytes+1))), ErrTooLarge},
		"long text":         {with(t, picture(t), head+"\x00\x00\x00\x00"+string(bytes.Repeat([]byte{'a'}, MaxPayloadBytes+1))), ErrTooLarge},
		"huge":              {make([]byte, MaxImageBytes+1), ErrTooLarge},
		"many chunks":       {many, ErrTooLarge},
		"many copies":       {copies(maxPlaces + 1), ErrTooLarge},
		"many inflated":     {with(t, picture(t), inflating, inflating, inflating), ErrTooLarge},
	} {
		if p, err := UnbakePNG(test.file); !errors.Is(err, test.want) || p.Bytes != nil {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	if _, err := BakePNG(many, []byte("{}")); !errors.Is(err, ErrTooLarge) {
		t.Errorf("baking into a malformed file: %v", err)
	}
}

func TestWrapPNG(t *testing.T) {
	plain := picture(t)
	baked, err := BakePNG(plain, []byte(sampleToken))
	if err != nil {
		t.Fatal(err)
	}
	svg, err := WrapPNG(baked, `Welding <1> & "more"`)
	if err != nil {
		t.Fatal(err)
	}
	if Detect(svg) != SVG || !bytes.Contains(svg, []byte(`width="7" height="5" viewBox="0 0 7 5"`)) ||
		!bytes.Contains(svg, []byte(`<title>Welding &lt;1&gt; &amp; &#34;more&#34;</title>`)) {
		t.Errorf("document is %s", svg)
	}
	if _, err := UnbakeSVG(svg); !errors.Is(err, ErrNoCredential) {
		t.Errorf("a wrapped PNG holds a credential: %v", err)
	}
	direct, err := WrapPNG(plain, `Welding <1> & "more"`)
	if err != nil || !bytes.Equal(direct, svg) {
		t.Errorf("the credential of the PNG shows in the SVG, %v", err)
	}
	for _, jwt := range []bool{true, false} {
		credential := map[bool]string{true: sampleToken, false: sampleJSON}[jwt]
		out, err := BakeSVG(svg, []byte(credential), jwt)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := UnbakeSVG(out); err != nil || string(p.Bytes) != credential {
			t.Errorf("%+v, %v", p, err)
		}
	}
	if _, err := WrapPNG([]byte("GIF89a"), ""); !errors.Is(err, ErrMalformed) {
		t.Errorf("no PNG: %v", err)
	}
	empty := appendChunk(appendChunk([]byte(pngSignature), "IHDR", make([]byte, 13)), "IEND")
	if _, err := WrapPNG(empty, ""); !errors.Is(err, ErrMalformed) {
		t.Errorf("no size: %v", err)
	}
}
