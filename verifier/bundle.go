package verifier

import "time"

// bundle is the documents that came together with a credential.
type bundle struct {
	collected time.Time
	witness   string // who signed the bundle
	trusted   bool   // the witness's word is enough for what nobody signed
	used      bool   // a document of the bundle was asked for
	withheld  bool   // one was asked for that only the witness vouches for
	documents map[string][]byte
}

func (b *bundle) document(url string) ([]byte, bool) {
	body, ok := b.documents[url]
	b.used = b.used || ok
	return body, ok
}
