package bake

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
)

func encoded(t testing.TB, img image.Image, level png.CompressionLevel) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: level}).Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestComparePNG(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 20, 20))
	for n := range img.Pix {
		img.Pix[n] = byte(n * 7)
	}
	img.Set(0, 0, color.NRGBA{10, 20, 30, 0})
	plain := encoded(t, img, png.DefaultCompression)
	baked, err := BakePNG(plain, []byte(sampleJSON))
	if err != nil {
		t.Fatal(err)
	}
	img.Set(0, 0, color.NRGBA{})
	repacked := encoded(t, img, png.NoCompression)
	img.Set(5, 5, color.NRGBA{1, 2, 3, 255})
	other := encoded(t, img, png.DefaultCompression)
	large := encoded(t, image.NewGray(image.Rect(0, 0, 4097, 1024)), png.DefaultCompression)
	largeOther := encoded(t, image.NewGray(image.Rect(0, 0, 4097, 1024)), png.NoCompression)
	bakedLarge, err := BakePNG(large, []byte(sampleJSON))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		a, b []byte
		want Likeness
	}{
		"itself":                   {plain, plain, Same},
		"baked":                    {baked, plain, Same},
		"baked, two credentials":   {baked, with(t, plain, "iTXtopenbadges\x00\x00\x00\x00\x00{}"), Same},
		"written anew":             {baked, repacked, Same},
		"a comment":                {baked, with(t, plain, "tEXtComment\x00hi"), Same},
		"one pixel":                {baked, other, Differs},
		"another size":             {plain, picture(t), Differs},
		"a colour space":           {baked, with(t, plain, "gAMA\x00\x00\x00\x01"), Unknown},
		"an animation":             {baked, with(t, plain, "acTL\x00\x00\x00\x02\x00\x00\x00\x00"), Unknown},
		"cut off":                  {baked, plain[:len(plain)-3], Unknown},
		"large and the same":       {bakedLarge, large, Same},
		"large and written anew":   {bakedLarge, largeOther, Unknown},
		"no picture":               {plain, []byte("GIF89a"), Unknown},
		"neither":                  {[]byte("GIF89a"), []byte("GIF89a"), Unknown},
		"an SVG":                   {plain, []byte(plainSVG), Unknown},
		"damaged pixels, the same": {damaged(t, plain), damaged(t, plain), Same},
		"damaged pixels":           {damaged(t, plain), plain, Unknown},
	} {
		if got := Compare(test.a, test.b); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
		if got := Compare(test.b, test.a); got != test.want {
			t.Errorf("%s, the other way: %s, want %s", name, got, test.want)
		}
	}
}

// damaged has good checksums around pixels that cannot be inflated.
func damaged(t *testing.T, file []byte) []byte {
	t.Helper()
	chunks, err := readPNG(file)
	if err != nil {
		t.Fatal(err)
	}
	out := []byte(pngSignature)
	for _, c := range chunks {
		if c.kind == "IDAT" {
			out = appendChunk(out, "IDAT", []byte("not zlib"))
			continue
		}
		out = append(out, c.raw...)
	}
	return out
}

func TestCompareSVG(t *testing.T) {
	const plain = `<svg xmlns="http://www.w3.org/2000/svg" width="1"><g id="a">text</g></svg>`
	for _, credential := range []string{sampleJSON, sampleToken} {
		baked, err := BakeSVG([]byte(plain), []byte(credential), credential == sampleToken)
		if err != nil {
			t.Fatal(err)
		}
		for other, want := range map[string]Likeness{
			plain: Same, string(baked): Same, "\ufeff<?xml version=\"1.0\"?>\n<!-- x -->" + plain: Same,
			strings.ReplaceAll(plain, "><", ">\n  <"):                                                      Same,
			`<s:svg xmlns:s="http://www.w3.org/2000/svg" width='1'><s:g id="a">te<!-- -->xt</s:g></s:svg>`: Same,
			strings.Replace(plain, `"1"`, `"2"`, 1):                                                        Differs,
			strings.Replace(plain, "text", "test", 1):                                                      Differs,
			strings.Replace(plain, "text", "<a/>text", 1):                                                  Differs,
			strings.Replace(plain, `id="a"`, `onclick="a"`, 1):                                             Differs,
			`<?xml-stylesheet href="x"?>` + plain:                                                          Differs,
			strings.Replace(plain, "<g", "<g a='1' a='2'", 1):                                              Unknown,
			plain + "x": Unknown,
		} {
			if got := Compare(baked, []byte(other)); got != want {
				t.Errorf("%q: %s, want %s", other, got, want)
			}
		}
	}
}

// FuzzCompare: a file is the same picture as itself with a credential in it.
func FuzzCompare(f *testing.F) {
	f.Add([]byte(plainSVG))
	f.Add(picture(f))
	f.Fuzz(func(t *testing.T, file []byte) {
		Compare(file, picture(t))
		Compare(file, []byte(plainSVG))
		if baked, err := BakePNG(file, []byte(sampleJSON)); err == nil && Compare(baked, file) != Same {
			t.Fatalf("PNG %q", file)
		}
		if baked, err := BakeSVG(file, []byte(sampleJSON), false); err == nil && Compare(baked, file) != Same {
			t.Fatalf("SVG %q", file)
		}
	})
}
