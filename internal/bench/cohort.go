package bench

import (
	"context"
	"fmt"
	"strconv"

	"laurel/internal/badge"
	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// cohort issues badges that differ from the sample where those of one achievement do.
type cohort struct {
	filling *vc.Template
	signing *proof.Template
	texts   []string
	issued  int
}

func (w *world) cohort(ctx context.Context) (*cohort, error) {
	v := w.prepared.Value()
	subject, entry := v.Member("credentialSubject"), v.Member("credentialStatus")
	identity, result := subject.Member("identifier").First(), subject.Member("result").First()
	places := []strictjson.Value{
		v.Member("id"), identity.Member("identityHash"), identity.Member("salt"), entry.Member("id"), entry.Member("statusListIndex"),
		v.Member("awardedDate"), v.Member("validFrom"), v.Member("validUntil"), result.Member("value"), result.Next().Member("value"),
		v.Member("evidence").First().Member("id"),
	}
	c := &cohort{}
	var err error
	if c.filling, err = badge.NewTemplate(w.prepared, places); err != nil {
		return nil, err
	}
	c.texts = c.filling.Texts()
	c.signing, err = proof.NewTemplate(ctx, w.processor, c.filling, w.signer, moment)
	return c, err
}

// issue makes the next badge.
func (c *cohort) issue(ctx context.Context) ([]byte, error) {
	c.issued++
	n := strconv.Itoa(c.issued % listedBits)
	texts := append([]string{
		fmt.Sprintf("urn:uuid:5c1b6f7e-2d2a-4c55-9c0e-%012d", c.issued), fmt.Sprintf("sha256$%064d", c.issued), n, listAt + "#" + n, n,
	}, c.texts[5:]...)
	texts[9] = strconv.Itoa(c.issued % 101)
	document, err := c.filling.Fill(texts)
	if err != nil {
		return nil, err
	}
	return c.signing.Sign(ctx, document)
}
