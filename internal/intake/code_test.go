package intake

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"golang.org/x/image/draw"
	"golang.org/x/image/math/f64"

	"laurel/internal/bake"
	"laurel/internal/picture"
)

// drawn is the QR code of a text with so many pixels a module.
func drawn(t testing.TB, text string, scale int) *image.RGBA {
	t.Helper()
	code, err := picture.QR(text)
	if err != nil {
		t.Fatal(err)
	}
	img := image.NewRGBA(image.Rect(0, 0, code.Size*scale, code.Size*scale))
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			shade := color.Gray{255}
			if code.Dark(x/scale, y/scale) {
				shade.Y = 0
			}
			img.Set(x, y, shade)
		}
	}
	return img
}

// turned turns by quarters.
func turned(img image.Image, quarters int) image.Image {
	b := img.Bounds()
	out := image.NewRGBA(b)
	side := b.Dx() - 1
	for y := range b.Dy() {
		for x := range b.Dx() {
			u, v := x, y
			for range quarters {
				u, v = v, side-u
			}
			out.Set(u, v, img.At(x, y))
		}
	}
	return out
}

// photographed lies on a grey desk, turned a little, larger and with noise.
func photographed(img image.Image, side int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.Gray{140}), image.Point{}, draw.Src)
	scale := float64(side) * 0.6 / float64(img.Bounds().Dx())
	const sin, cos = 0.12, 0.9928
	at := f64.Aff3{cos * scale, -sin * scale, float64(side) * 0.25, sin * scale, cos * scale, float64(side) * 0.15}
	draw.BiLinear.Transform(out, at, img, img.Bounds(), draw.Over, nil)
	noise := uint32(1)
	for n := range out.Pix {
		noise = noise*1664525 + 1013904223
		if n%4 != 3 {
			out.Pix[n] = byte(max(0, min(255, int(out.Pix[n])*8/10+int(noise>>24)/8)))
		}
	}
	return out
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func asJPEG(t testing.TB, img image.Image, quality int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestQR(t *testing.T) {
	for _, scale := range []int{2, 3, 8, 30} {
		img := drawn(t, sampleLink, scale)
		for quarters := range 4 {
			wants(t, asPNG(t, turned(img, quarters)), QR, Link, sampleLink)
		}
		wants(t, asJPEG(t, img, 40), QR, Link, sampleLink)
	}
	wants(t, asPNG(t, drawn(t, sampleJSON, 4)), QR, JSON, sampleJSON)
	wants(t, asPNG(t, drawn(t, sampleToken, 4)), QR, JWS, sampleToken)
	for _, side := range []int{400, 1200, 3000} {
		photo := photographed(drawn(t, sampleLink, 8), side)
		if side < 3000 { // a PNG of noise is beyond the bytes
			wants(t, asPNG(t, photo), QR, Link, sampleLink)
		}
		wants(t, asJPEG(t, photo, 50), QR, Link, sampleLink)
	}
	opaque := drawn(t, sampleLink, 5)
	see := image.NewNRGBA(opaque.Bounds()) // black on nothing
	for n := 0; n < len(see.Pix); n += 4 {
		see.Pix[n+3] = 255 - opaque.Pix[n]
	}
	wants(t, asPNG(t, see), QR, Link, sampleLink)
}

func TestQRBesideACredential(t *testing.T) {
	code := asPNG(t, drawn(t, sampleLink, 4))
	wants(t, must(t)(bake.BakePNG(code, []byte(sampleJSON))), PNG, JSON, sampleJSON)
	shot := asJPEG(t, drawn(t, sampleLink, 4), 80)
	wants(t, append([]byte("\xff\xd8"+segment(0xfe, sampleJSON)), shot[2:]...), JPEG, JSON, sampleJSON)
	refuses(t, asPNG(t, drawn(t, "WIFI:S:college;;", 4)), ErrNoCredential)
	refuses(t, asPNG(t, drawn(t, "javascript:alert(1)", 4)), ErrNoCredential)
}

// Three hundred corners would make the library compare them all with each other.
func TestManyCornersEnd(t *testing.T) {
	corner := drawn(t, sampleLink, 2).SubImage(image.Rect(6, 6, 26, 26))
	img := image.NewRGBA(image.Rect(0, 0, 1900, 1900))
	for y := 0; y < 1900; y += 22 {
		for x := 0; x < 1900; x += 22 {
			draw.Draw(img, image.Rect(x, y, x+20, y+20), corner, corner.Bounds().Min, draw.Src)
		}
	}
	within(t, 200<<20, func() { refuses(t, asPNG(t, img), ErrNoCredential) })
}

// sized is the PNG with another size in its header.
func sized(t testing.TB, file []byte, width, height uint32) []byte {
	t.Helper()
	file = bytes.Clone(file)
	binary.BigEndian.PutUint32(file[16:], width)
	binary.BigEndian.PutUint32(file[20:], height)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
	return file
}

func TestPixelsAreBounded(t *testing.T) {
	small := plainPNG(t)
	for _, size := range [][2]uint32{{1 << 30, 1 << 30}, {5000, 5000}, {1 << 31, 1}, {12_000_001, 1}} {
		within(t, 4<<20, func() {
			_, err := Read(sized(t, small, size[0], size[1]), Options{})
			sound(t, Found{}, err)
		})
	}
	refuses(t, sized(t, small, 4000, 3001), ErrTooLarge)
	deep := asPNG(t, image.NewNRGBA64(image.Rect(0, 0, 3000, 3000)))
	within(t, 8<<20, func() { refuses(t, deep, ErrTooLarge) })
	if _, err := Read(asPNG(t, drawn(t, sampleLink, 4)), Options{Pixels: 100}); err == nil {
		t.Error("the option is not obeyed")
	}
	// Two bytes of its header make a JPEG large, or progressive.
	shot := asJPEG(t, image.NewRGBA(image.Rect(0, 0, 64, 64)), 50)
	frame := bytes.Index(shot, []byte{0xff, 0xc0})
	large, slow := bytes.Clone(shot), bytes.Clone(shot)
	copy(large[frame+5:], []byte{0xff, 0xff, 0xff, 0xff})
	copy(slow[frame+5:], []byte{0x0b, 0xb8, 0x0b, 0xb8}) // 3000 by 3000
	slow[frame+1] = progressiveFrame
	within(t, 4<<20, func() { refuses(t, large, ErrTooLarge) })
	within(t, 4<<20, func() { refuses(t, slow, ErrTooLarge) })
	refuses(t, asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1))), ErrNoCredential)
	refuses(t, sized(t, small, 31, 31), ErrMalformed)
}

// FuzzQR: no pattern of dark and light makes the library panic, hang or answer what is
// neither a link nor a credential. One bit is one module, in 64 columns.
func FuzzQR(f *testing.F) {
	code, err := picture.QR(sampleLink)
	if err != nil {
		f.Fatal(err)
	}
	seed := make([]byte, 64*8)
	for y := range code.Size {
		for x := range code.Size {
			if code.Dark(x, y) {
				seed[y*8+x/8] |= 0x80 >> (x % 8)
			}
		}
	}
	f.Add(seed, uint8(2))
	f.Fuzz(func(t *testing.T, bits []byte, scale uint8) {
		side := int(scale%3) + 1
		img := image.NewGray(image.Rect(0, 0, 64*side, min(64, len(bits)/8)*side))
		for n := range img.Pix {
			x, y := n%img.Stride/side, n/img.Stride/side
			if bits[y*8+x/8]&(0x80>>(x%8)) == 0 {
				img.Pix[n] = 255
			}
		}
		text, ok := decodeCode(img)
		if !ok && text != "" {
			t.Fatal("a text beside a failure")
		}
		if img.Bounds().Empty() {
			return
		}
		found, err := readCode(asPNG(t, img), 4, Options{Pixels: 1 << 20})
		sound(t, found, err)
	})
}
