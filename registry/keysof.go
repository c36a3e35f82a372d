package registry

import "time"

// KeysOf returns the thumbprints of the keys that are pinned for an identifier at a moment.
func (s *Snapshot) KeysOf(issuer string, at time.Time) (all []string) {
	for _, b := range s.byDID[NormalDID(issuer)] {
		for _, k := range b.binding.Keys {
			if b.binding.Holds(at) && k.Holds(at) {
				all = append(all, k.Thumbprint)
			}
		}
	}
	return all
}
