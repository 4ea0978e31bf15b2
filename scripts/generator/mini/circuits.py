"""Starting weights that already find and copy, so that a short training on a CPU refines instead of discovering.

Transformers of two or three layers reliably learn the same few attention heads for such tasks ("induction heads", Olsson
and others, 2022), but need millions of tokens until they appear. Here they are written down; training changes them freely.

Layer 0  head 0      each token learns the token before it                          (subspace BEFORE, 64 dimensions)
         head 1      and the one before that                                        (BEFORE_THAT, 64)
         heads 2, 3  each token learns the last label before it: its line           (LINE, 32)
Layer 1  heads 0, 1  looks for where its own token and the one before it came before, on its own line, and passes the token
                     behind them on: copying
         heads 2, 3  a token finds its equals and learns their lines                (VOTE, 32)
Layer 2  heads 0, 1  where the answer begins, the lines that the question's tokens have found are summed: the label

RoPE turns the pair (i, i + 32) of a head by the distance times 500000^(-i/32): the first pairs tell neighbours apart, those
in the middle a nearer from a farther label, the last ones hardly turn and so compare contents over any distance.
"""

import torch

NEIGHBOUR_PAIRS, RECENT_PAIRS, CONTENT_PAIRS, SLOWEST_PAIRS = range(0, 8), range(8, 14), range(17, 31), range(24, 32)


@torch.no_grad()
def write(model, labels, user, assistant):
    """Into a model whose other output projections are zero. ``labels``: ids that begin a line; ``user`` begins one too."""
    size, dim = model.embed_tokens.weight.shape[1], 64
    half = dim // 2
    basis = torch.nn.init.orthogonal_(torch.empty(size, size))
    before, before_that, line, vote, token = (part.clone() for part in basis.split([dim, dim, half, half, dim]))
    always, begins = token[-1].clone(), token[-2].clone()  # a part that all tokens, and all labels, have in common
    token[-2:] = 0
    embedding = model.embed_tokens.weight
    embedding.copy_(embedding @ token.T @ token)
    embedding.copy_(embedding / embedding.norm(dim=1, keepdim=True))
    identity = embedding.clone()
    embedding.add_(0.6 * always)
    embedding[labels] += 0.6 * begins - 0.2 * identity[labels]  # no longer than the others

    def content():
        """[64, 64]: a random turn, kept only where RoPE hardly turns."""
        keep = torch.zeros(dim, 1)
        for pair in CONTENT_PAIRS:
            keep[pair] = keep[pair + half] = 1
        return torch.nn.init.orthogonal_(torch.empty(dim, dim)) * keep

    def put(layer, kv, query, key, value, out):
        attention = model.layers[layer].self_attn
        rows = slice(kv * dim, (kv + 1) * dim)
        attention.k_proj.weight[rows] = key + torch.randn_like(key) * 0.01
        attention.v_proj.weight[rows] = value
        for head in (2 * kv, 2 * kv + 1):
            place(layer, head, query, out / 2)

    def place(layer, head, query, out):
        attention = model.layers[layer].self_attn
        places = slice(head * dim, (head + 1) * dim)
        attention.q_proj.weight[places] = query + torch.randn_like(query) * 0.01
        attention.o_proj.weight[:, places] = out

    def nothing():
        return torch.zeros(dim, size), torch.zeros(dim, size)

    def distant(by):
        """The query that finds the key ``by`` tokens before it."""
        query = torch.zeros(dim, size)
        for pair in NEIGHBOUR_PAIRS:
            turn = torch.tensor(by * 500000.0 ** (-pair / half))
            query[pair], query[pair + half] = 1.1 * turn.cos() * always, -1.1 * turn.sin() * always
        return query

    _, key = nothing()
    key[list(NEIGHBOUR_PAIRS)] = 1.1 * always
    put(0, 0, distant(1), key, token, torch.zeros(size, dim))
    place(0, 0, distant(1), 0.058 * before.T)
    place(0, 1, distant(2), 0.058 * before_that.T)

    short = torch.nn.init.orthogonal_(torch.empty(half, dim))  # of a token, enough to tell labels apart
    query, key = nothing()
    for pair in RECENT_PAIRS:
        key[pair], query[pair] = 1.1 * begins, 1.1 * always
    put(0, 1, query, key, token, 0.082 * line.T @ short)

    turn, turn_that, turn_line = content(), content(), content()[:, :half]
    same_line = 3.2 * turn_line @ line
    query = 2.1 * turn @ token + 1.2 * turn_that @ before + same_line
    key = 2.1 * turn @ before + 1.2 * turn_that @ before_that + same_line
    put(1, 0, query, key, token, 0.35 * token.T)

    asked = line.T @ (short @ token @ identity[user])  # what the tokens of the question have as their line
    asked /= asked.norm()
    query = 1.5 * content() @ token
    key = query.clone()
    query[31], key[31] = -1.5 * always, 1.5 * asked  # not their equals within the question, not themselves
    of_line = torch.zeros(dim, size)
    of_line[:half] = line
    put(1, 1, query, key, of_line, 0.15 * vote.T @ torch.eye(half, dim))

    query, key = nothing()
    for pair in SLOWEST_PAIRS:
        query[pair], key[pair] = 0.7 * identity[assistant], 0.7 * asked
    of_vote = torch.zeros(dim, size)
    of_vote[:half] = vote
    put(2, 0, query, key, of_vote, 1.4 * token.T @ short.T @ torch.eye(half, dim))
