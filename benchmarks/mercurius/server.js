// Mercurius with JIT: a constant, and lists of ready objects (nothing is filtered, sorted or summed).
// node server.js PORT ROWS.json
'use strict'

const { readFileSync } = require('node:fs')
const fastify = require('fastify')({ logger: false, bodyLimit: 1048576 })
const mercurius = require('mercurius')

const [port, path] = process.argv.slice(2)
const rows = path ? JSON.parse(readFileSync(path, 'utf8')) : []

const schema = `
  type Line {
    saleMonth: String!
    platform: String
    artist: String
    title: String
    quantity: Int!
    revenueUsd: Float!
  }
  type Lines { nodes: [Line!]! }
  type Query {
    constant: Float!
    revenueLines(first: Int!): Lines!
  }
`

const pages = new Map()

function page(first) {
  if (!pages.has(first)) pages.set(first, { nodes: rows.slice(0, first) })
  return pages.get(first)
}

const resolvers = {
  Query: {
    constant: () => 2628.65372866,
    revenueLines: (_, { first }) => page(first),
  },
}

fastify.register(mercurius, { schema, resolvers, jit: 1 })
fastify.listen({ port: Number(port), host: '127.0.0.1' })
