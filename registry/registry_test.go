package registry

import "testing"

func TestPinned(t *testing.T) {
	s := Pinned("did:web:college.example", "did:web:college.example", "did:web:university.example")
	for id, want := range map[string]bool{
		"did:web:college.example": true, "did:web:university.example": true,
		"did:web:COLLEGE.example": false, "did:web:college.example:x": false, "Sample College": false, "": false,
	} {
		if e, ok := s.Lookup(id); ok != want || ok && e.Issuer != id {
			t.Errorf("%q: %+v %v", id, e, ok)
		}
	}
	if _, ok := Pinned().Lookup(""); ok {
		t.Error("nobody is trusted by an empty list")
	}
}
