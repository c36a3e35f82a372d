package registry

import (
	"laurel/internal/strictjson"
)

func (r *reader) name(v strictjson.Value) (n Name) {
	r.members(v, func(name string, m strictjson.Value) bool {
		switch name {
		case "text":
			n.Text = r.text(m)
		case "lang":
			n.Lang = r.text(m)
		case "kind":
			n.Kind = r.text(m)
		case "to":
			n.To = r.day(m)
		default:
			return false
		}
		return true
	})
	r.need("the text of a name", n.Text != "")
	return n
}

func (r *reader) identifier(v strictjson.Value) (i Identifier) {
	r.members(v, func(name string, m strictjson.Value) bool {
		switch name {
		case "scheme":
			i.Scheme = r.text(m)
		case "value":
			i.Value = r.text(m)
		case "from":
			i.From = r.day(m)
		case "to":
			i.To = r.day(m)
		case "src":
			i.Source = r.text(m)
		default:
			return false
		}
		return true
	})
	r.need("the scheme or value of an identifier", i.Scheme != "" && i.Value != "")
	return i
}

func (r *reader) grant(v strictjson.Value) (g Grant) {
	from, to := "", ""
	r.members(v, func(name string, m strictjson.Value) bool {
		switch name {
		case "id":
			g.ID = r.text(m)
		case "by":
			g.By = r.text(m)
		case "class":
			g.Class = Class(r.named(m, classes[:]))
		case "scope":
			g.Scope = r.scope(m)
		case "from":
			from = r.day(m)
		case "to":
			to = r.day(m)
		case "basis":
			g.Basis = list(r, m, r.basis)
		case "conditions":
			g.Conditions = list(r, m, r.text)
		case "notes":
			g.Notes = list(r, m, r.text)
		default:
			return false
		}
		return true
	})
	var err error
	g.Period, err = Days(from, to)
	r.fail(err)
	r.need("the id, by or class of a grant", g.ID != "" && g.By != "" && g.Class != NoClass)
	return g
}

func (r *reader) scope(v strictjson.Value) (s Scope) {
	r.members(v, func(name string, m strictjson.Value) bool {
		switch name {
		case "award":
			s.Awards = list(r, m, r.text)
		case "eqf":
			s.Levels = list(r, m, r.number)
		case "jurisdiction":
			s.Jurisdictions = list(r, m, r.text)
		case "programmes":
			s.Programmes = list(r, m, r.programme)
			r.need("a programme in the list of programmes", len(s.Programmes) > 0)
		case "isced":
			s.ISCED = list(r, m, r.text)
		default:
			return false
		}
		return true
	})
	return s
}

func (r *reader) programme(v strictjson.Value) (p Programme) {
	r.members(v, func(name string, m strictjson.Value) bool {
		switch name {
		case "name":
			p.Name = r.text(m)
		case "ids":
			p.IDs = list(r, m, r.text)
		case "isced":
			p.ISCED = r.text(m)
		default:
			return false
		}
		return true
	})
	return p
}

func (r *reader) basis(v strictjson.Value) (b Basis) {
	r.members(v, func(name string, m strictjson.Value) bool {
		switch name {
		case "src":
			b.Source = r.text(m)
		case "report":
			b.Report = r.number(m)
		case "row_sha256":
			b.Row = r.text(m)
		case "via":
			b.Via = r.text(m)
		default:
			return false
		}
		return true
	})
	return b
}

func (r *reader) mark(v strictjson.Value) (k Mark) {
	r.members(v, func(name string, m strictjson.Value) bool {
		switch name {
		case "kind":
			k.Kind = MarkKind(r.named(m, markKinds[:]))
		case "from":
			k.From = r.moment(m)
		case "until":
			k.Until = r.moment(m)
		case "of":
			k.Of = r.text(m)
		case "reason":
			k.Reason = r.text(m)
		case "review":
			k.Review = r.day(m)
		case "appeal":
			k.Appeal = r.text(m)
		case "event":
			k.Event = r.text(m)
		case "lifted":
			k.Lifted = r.bool(m)
		default:
			return false
		}
		return true
	})
	r.fail(k.check())
	r.need("the kind, from or event of a mark", k.Kind != 0 && !k.From.IsZero() && k.Event != "")
	return k
}

func (r *reader) condition(v strictjson.Value) (c Condition) {
	r.members(v, func(name string, m strictjson.Value) bool {
		switch name {
		case "from":
			c.From = r.moment(m)
		case "until":
			c.Until = r.moment(m)
		case "of":
			c.Of = r.text(m)
		case "code":
			c.Code = r.text(m)
		case "event":
			c.Event = r.text(m)
		default:
			return false
		}
		return true
	})
	r.need("the code of a condition", c.Code != "")
	return c
}

func (r *reader) grade(v strictjson.Value) (g Grade) {
	r.members(v, func(name string, m strictjson.Value) bool {
		switch name {
		case "grade":
			g.Grade = r.text(m)
		case "by":
			g.By = r.text(m)
		case "assessed_at":
			g.Assessed = r.day(m)
		case "next_due":
			g.Due = r.day(m)
		case "event":
			g.Event = r.text(m)
		default:
			return false
		}
		return true
	})
	r.need("the letter of a grade", g.Grade == "A" || g.Grade == "B" || g.Grade == "C")
	return g
}

func (r *reader) inspection(v strictjson.Value) (i Inspection) {
	r.members(v, func(name string, m strictjson.Value) bool {
		switch name {
		case "month":
			i.Month = r.text(m)
		case "result":
			i.Result = r.text(m)
		case "event":
			i.Event = r.text(m)
		default:
			return false
		}
		return true
	})
	return i
}

func (r *reader) binding(v strictjson.Value) (b Binding) {
	r.members(v, func(name string, m strictjson.Value) bool {
		switch name {
		case "did":
			b.DID = r.text(m)
		case "from":
			b.From = r.moment(m)
		case "until":
			b.Until = r.moment(m)
		case "keys":
			b.Keys = list(r, m, r.key)
		case "evidence":
			b.Evidence = list(r, m, r.evidence)
		case "stale":
			b.Stale = r.bool(m)
		case "event":
			b.Event = r.text(m)
		default:
			return false
		}
		return true
	})
	r.need("the did of a binding in its one spelling", b.DID != "" && NormalDID(b.DID) == b.DID)
	return b
}

func (r *reader) key(v strictjson.Value) (k PinnedKey) {
	r.members(v, func(name string, m strictjson.Value) bool {
		switch name {
		case "jkt":
			k.Thumbprint = r.text(m)
		case "from":
			k.From = r.moment(m)
		case "until":
			k.Until = r.moment(m)
		case "compromised":
			k.Compromised = r.bool(m)
		default:
			return false
		}
		return true
	})
	r.need("the thumbprint of a key, of 43 characters,", len(k.Thumbprint) == 43)
	r.need("since when a key is compromised", !k.Compromised || !k.Until.IsZero())
	return k
}

func (r *reader) evidence(v strictjson.Value) (e Evidence) {
	r.members(v, func(name string, m strictjson.Value) bool {
		switch name {
		case "strength":
			e.Strength = Strength(r.named(m, strengths[:]))
		case "kind":
			e.Kind = r.text(m)
		case "ref":
			e.Ref = r.text(m)
		default:
			return false
		}
		return true
	})
	return e
}
