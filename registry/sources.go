package registry

// Source is one registry that was asked, or that should have been.
type Source struct {
	Name     string
	Snapshot *Snapshot // nil: it could not be had
}

// Sources are the registries on whose word somebody relies.
type Sources []Source

// Verdict is what several registries answer together.
type Verdict struct {
	Decision
	// Others are the decisions of the other registries that know the issuer.
	Others []Decision
	// Unchecked are the names of those that could not be asked, or are too old to deny.
	Unchecked []string
}

// Decide asks every source. A warning of any goes before the good word of another, a good
// word before what is merely not one; that nobody lists the issuer is said only if each
// source was there and fresh.
func (s Sources) Decide(q Query) Verdict {
	v := Verdict{}
	found := false
	for _, source := range s {
		if source.Snapshot == nil {
			v.Unchecked = append(v.Unchecked, source.Name)
			continue
		}
		d := source.Snapshot.Decide(q)
		if d.Summary == Indeterminate && d.Entry == nil {
			v.Unchecked = append(v.Unchecked, source.Name)
		}
		switch {
		case !found:
			v.Decision, found = d, true
		case d.outweighs(&v.Decision):
			if v.Entry != nil {
				v.Others = append(v.Others, v.Decision)
			}
			v.Decision = d
		case d.Entry != nil:
			v.Others = append(v.Others, d)
		}
	}
	if !found {
		v.Decision = Decision{Snapshot: newSnapshot(Meta{}), query: q, Age: Expired}
	}
	if v.Summary == NotListed && len(v.Unchecked) > 0 || !found {
		v.Reasons = 0
		v.refuse(Indeterminate, ReasonSourceUnavailable)
	}
	return v
}

// outweighs tells whether a decision goes before another of another registry.
func (d *Decision) outweighs(other *Decision) bool {
	return standing(d.Summary) > standing(other.Summary)
}

// standing orders summaries between registries.
func standing(s Summary) int {
	if s.Positive() {
		return 20 + weight[s]
	}
	if s == Blacklisted || s == Revoked {
		return 20 + weight[s]
	}
	if s == NotListed {
		return 0
	}
	return weight[s] + 1
}

// Alone is the snapshot as the only source.
func (s *Snapshot) Alone() Sources { return Sources{{Name: s.Name, Snapshot: s}} }
