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
)

// emblemSide is the width and height of an emblem in pixels.
const emblemSide = 512

// Emblem returns a PNG of a medal within a laurel wreath, in colours that the name
// decides: the same name always gives the same picture.
func Emblem(name string) ([]byte, error) {
	sum := sha256.Sum256([]byte(name))
	hue := float64(sum[0]) / 256 * 360
	face, rim, green := hsl(hue, 0.45, 0.38), hsl(hue, 0.5, 0.28), hsl(hue+40, 0.35, 0.45)
	img := image.NewNRGBA(image.Rect(0, 0, emblemSide, emblemSide))
	const samples = 3 // on each axis of a pixel, against jagged edges
	for y := range emblemSide {
		for x := range emblemSide {
			var r, g, b, a float64
			for i := range samples * samples {
				dx := (float64(x)+(float64(i%samples)+0.5)/samples)/emblemSide*2 - 1
				dy := (float64(y)+(float64(i/samples)+0.5)/samples)/emblemSide*2 - 1
				if c, ok := emblemAt(dx, dy, face, rim, green); ok {
					r, g, b, a = r+float64(c.R), g+float64(c.G), b+float64(c.B), a+1
				}
			}
			if a > 0 {
				img.SetNRGBA(x, y, color.NRGBA{uint8(r / a), uint8(g / a), uint8(b / a), uint8(255 * a / (samples * samples))})
			}
		}
	}
	var out bytes.Buffer
	err := png.Encode(&out, img)
	return out.Bytes(), err
}

var paper = color.NRGBA{250, 248, 242, 255}

// emblemAt returns the colour of a point of the emblem, in coordinates from −1 to 1.
func emblemAt(x, y float64, face, rim, green color.NRGBA) (color.NRGBA, bool) {
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
		return green, true
	}
	return color.NRGBA{}, false
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
