package badge

import "testing"

func TestSameName(t *testing.T) {
	for _, same := range [][2]string{{"José Lee", "Jose\u0301  lee"}, {"ADA", "Ada"}, {" Ada\nLee ", "Ada Lee"}} {
		if !SameName(same[0], same[1]) {
			t.Errorf("%q is not %q", same[0], same[1])
		}
	}
	for _, other := range [][2]string{{"José", "Jose"}, {"", ""}, {"Ada Lee", "Lee Ada"}} {
		if SameName(other[0], other[1]) {
			t.Errorf("%q is %q", other[0], other[1])
		}
	}
}
