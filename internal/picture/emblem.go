// Package picture draws what Laurel shows as an image: the emblem of an achievement
// without a picture of its own.
package picture

import (
	"bytes"
	"crypto/sha256"
	"image"
	"image/color"
	"image/png"
	"math"
	"sync"
)

// emblemSide is the width and height of an emblem in pixels.
const emblemSide = 512

// Emblem returns a PNG of a medal within a laurel wreath, in colours that the name
// decides: the same name always gives the same picture.
func Emblem(name string) ([]byte, error) {
	sum := sha256.Sum256([]byte(name))
	hue := float64(sum[0]) / 256 * 360
	inks := [parts]color.NRGBA{
		paper: {250, 248, 242, 255}, face: hsl(hue, 0.45, 0.38), rim: hsl(hue, 0.5, 0.28), leafage: hsl(hue+40, 0.35, 0.45),
	}
	img := image.NewNRGBA(image.Rect(0, 0, emblemSide, emblemSide))
	for n, counts := range stencil() {
		var r, g, b, covered int
		for i, c := range counts {
			part, ink := int(c), inks[i]
			r, g, b, covered = r+part*int(ink.R), g+part*int(ink.G), b+part*int(ink.B), covered+part
		}
		if covered > 0 {
			copy(img.Pix[4*n:], []byte{byte(r / covered), byte(g / covered), byte(b / covered), byte(255 * covered / (samples * samples))})
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
}

// The parts of an emblem, each of one colour.
const (
	paper = iota
	face
	rim
	leafage
	parts
)

const samples = 3 // on each axis of a pixel, against jagged edges

// stencil counts for each pixel, row by row, how many of its samples lie on each part. It
// is the same for every emblem and drawn once.
var stencil = sync.OnceValue(func() [][parts]uint8 {
	all := make([][parts]uint8, emblemSide*emblemSide)
	coordinate := func(pixel, sample int) float64 {
		return (float64(pixel)+(float64(sample)+0.5)/samples)/emblemSide*2 - 1
	}
	for n := range all {
		for i := range samples * samples {
			if part, ok := emblemAt(coordinate(n%emblemSide, i%samples), coordinate(n/emblemSide, i/samples)); ok {
				all[n][part]++
			}
		}
	}
	return all
})

// emblemAt returns the part on which a point lies, in coordinates from −1 to 1.
func emblemAt(x, y float64) (part int, ok bool) {
	r := math.Hypot(x, y)
	switch {
	case r <= 0.52 && star(x, y, 0.36):
		return paper, true
	case r <= 0.52:
		return face, true
	case r <= 0.57:
		return paper, true
	case r <= 0.61:
		return rim, true
	case r < 1 && wreath(x, y):
		return leafage, true
	}
	return 0, false
}

// star reports whether a point lies in a five-pointed star of a radius.
func star(x, y, radius float64) bool {
	angle := math.Mod(math.Atan2(x, -y)+2*math.Pi, 2*math.Pi/5) - math.Pi/5
	const inner = 0.42 // of the radius
	// The edge from a valley (angle 0) to a point (angle π/5), in polar form.
	p, q := math.Abs(angle), math.Pi/5
	ax, ay := inner*radius, 0.0
	bx, by := radius*math.Cos(q), radius*math.Sin(q)
	px, py := math.Hypot(x, y)*math.Cos(p), math.Hypot(x, y)*math.Sin(p)
	return (bx-ax)*(py-ay)-(by-ay)*(px-ax) >= 0
}

// leaf is one leaf of the wreath: its middle and its direction, a unit vector.
type leaf struct{ x, y, dx, dy float64 }

// leaves are the right branch, from the bottom to the gap at the top; the left one mirrors
// it.
var leaves = func() (all []leaf) {
	for i := range 9 {
		angle := math.Pi - 0.12 - float64(i)*0.285
		for _, side := range [...]struct{ ring, tilt float64 }{{0.73, 0.45}, {0.85, -0.35}} {
			along := angle - math.Pi/2 + side.tilt
			all = append(all, leaf{
				side.ring * math.Sin(angle), -side.ring * math.Cos(angle), math.Sin(along), -math.Cos(along),
			})
		}
	}
	return all
}()

// wreath reports whether a point lies in a leaf.
func wreath(x, y float64) bool {
	x = math.Abs(x)
	const length, width = 0.155, 0.06
	for _, l := range leaves {
		dx, dy := x-l.x, y-l.y
		t, v := (dx*l.dx+dy*l.dy)/length, dx*l.dy-dy*l.dx
		if math.Abs(t) < 1 && math.Abs(v) < width*(1-t*t) {
			return true
		}
	}
	return false
}

func hsl(h, s, l float64) color.NRGBA {
	channel := func(n float64) uint8 {
		k := math.Mod(n+math.Mod(h+360, 360)/30, 12)
		v := l - s*math.Min(l, 1-l)*math.Max(-1, math.Min(math.Min(k-3, 9-k), 1))
		return uint8(math.Round(v * 255))
	}
	return color.NRGBA{channel(0), channel(8), channel(4), 255}
}
