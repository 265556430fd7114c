import Kernels
import Tensors
import Testing
import Threads

/// Dot products, bounds and roundings of rows of features beside plain ones.
@Suite(.alsoInGuardedMemory) struct FeatureRowsTests {
  @Test(
    "sums of products of bytes are exact, for every number of queries and odd sizes",
    arguments: InstructionSet.available.map(\.name))
  func byteSums(isa: String) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: 1)
    for (queries, count, length) in [(1, 1, 1), (2, 5, 17), (3, 4, 64), (5, 9, 131), (4, 3, 1025)] {
      let rows = (0..<count).map { _ in random.bytes(length) }
      let lists = (0..<queries).map { _ in random.bytes(length) }
      let found = FeatureRows(
        .int8, count: count, length: length, in: Storage(copying: storedBytes(rows).span)
      ).byteSums(lists, rows: 0..<count, kernels: kernels)
      #expect(found.map(Int.init) == lists.flatMap { list in rows.map { Reference.dot(list, $0) } })
    }
  }

  @Test(
    "the largest possible sums do not overflow", arguments: InstructionSet.available.map(\.name))
  func extremes(isa: String) throws {
    let kernels = try #require(InstructionSet(named: isa))
    let row = [Int8](repeating: -128, count: FeatureRows.longestRow)
    let rows = FeatureRows(
      .int8, count: 1, length: row.count, in: Storage(copying: storedBytes([row]).span))
    #expect(rows.byteSums([row], rows: 0..<1, kernels: kernels) == [128 * 128 * 65536])
  }

  @Test(
    "products with float16 rows equal the plain ones",
    arguments: InstructionSet.available.map(\.name))
  func halves(isa: String) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: 2)
    for (count, length) in [(1, 1), (3, 7), (4, 16), (5, 33), (9, 515)] {
      let stored = (0..<count).map { _ in FeatureRow(random.floats(length), .float16) }
      let query = FeatureRow(random.floats(length), .float16).query
      let bytes = stored.flatMap(\.bytes)
      let rows = FeatureRows(
        .float16, count: count, length: length, in: Storage(copying: bytes.span))
      var products: [Float] = []
      rows.dots(query, rows: 0..<count, into: &products, kernels: kernels)
      let factors = values(query)
      let expected = stored.map { row in
        Float(zip(values(row.query), factors).reduce(0) { $0 + $1.0 * $1.1 })
      }
      #expect(largestDifference(products, expected) <= tolerance(terms: length + 1))
    }
  }

  @Test("rounding to float16 gives the nearest number, ties to even, and keeps every float16")
  func roundingToHalf() {
    for bits in UInt16.min...UInt16.max {
      let value = Float(float16Bits: bits)
      guard !value.isNaN else { continue }
      let rounded = FeatureRow([value], .float16)
      if rounded != .float16([bits]) { Issue.record("\(bits) is changed by rounding") }
    }
    // Halfway between two neighbours (of 1 and of the largest denormal number), and beside it.
    let cases: [(Float, UInt16)] = [
      (1 + 0x1p-11, 0x3C00), (1 + 3 * 0x1p-11, 0x3C02), ((1 + 0x1p-11).nextUp, 0x3C01),
      (0x1p-14 - 0x1p-25, 0x0400), (0x1p-25, 0), (Float(0x1p-25).nextUp, 1), (-0x1p-25, 0x8000),
      (65519.9, 0x7BFF), (65520, 0x7C00),
    ]
    for (value, expected) in cases {
      #expect(FeatureRow([value], .float16) == .float16([expected]))
    }
  }

  @Test("the largest value of a row of bytes is 127, and a row of zeros stays one")
  func roundingToBytes() {
    #expect(FeatureRow([0.5, -1, 0.25, 0], .int8) == .int8([64, -127, 32, 0]))
    let zeros = FeatureRow([0, 0], .int8)
    #expect(zeros == .int8([0, 0]) && zeros.inverseLength == 0 && zeros.unitValues == [0, 0])
  }

  @Test(
    "bounds follow their formula for any number of threads, and candidates are those at the limit",
    arguments: InstructionSet.available.map(\.name), [1, 3])
  func bounds(isa: String, threads: Int) throws {
    let kernels = try #require(InstructionSet(named: isa))
    var random = SeededValues(seed: 3)
    let (count, length) = (4375, 61)
    let rows = (0..<count).map { _ in random.bytes(length) }
    let factors = (0..<4).map { _ in random.floats(count) }
    var bytes = storedBytes(rows)
    bytes += [UInt8](repeating: 0, count: (64 - bytes.count % 64) % 64)
    var starts: [Int] = []
    for list in factors {
      starts.append(bytes.count)
      bytes += list.flatMap { value in (0..<4).map { UInt8(value.bitPattern >> (8 * $0) & 255) } }
    }
    let bounded = BoundedRows(
      FeatureRows(.int8, count: count, length: length, in: Storage(copying: bytes.span)),
      .init(
        scales: starts[0],
        sketch: .init(offsets: starts[1], rests: starts[2], errors: starts[3])),
      kernels: kernels)
    let queries = (0..<5).map { number in
      BoundedRows.Query(
        .int8(random.bytes(length)), scale: 1e-4, offset: 0.5, rest: 0.25, middle: 0.125,
        constant: Float(number))
    }
    let pool = WorkerPool(threads: threads)
    let found = queries.map { query in
      let bounds = bounded.bounds(query, pool: pool)
      return (0..<count).map { bounds.bound($0) }
    }
    for (query, bounds) in zip(queries, found) {
      let values = values(query.row)
      let expected = rows.indices.map { row -> Float in
        let sum = zip(values, rows[row]).reduce(0) { $0 + $1.0 * Double($1.1) }
        let scaled = 1e-4 * Double(factors[0][row]) * sum
        let rest = 0.5 * Double(factors[1][row]) + 0.25 * Double(factors[2][row])
        return Float(
          scaled + rest + 0.125 * Double(factors[3][row]) + Double(query.constant))
      }
      #expect(largestDifference(bounds, expected) < 1e-4)
    }
    let candidates = bounded.candidates(queries, atLeast: 2.5, pool: pool)
    for (list, bounds) in zip(candidates, found) {
      #expect(list.map(Int.init) == bounds.indices.filter { bounds[$0] >= 2.5 })
    }
    let bounds = bounded.bounds(queries[0], pool: pool)
    #expect(bounds.rows(in: 7..<count, atLeast: 0.7) == (7..<count).filter { found[0][$0] >= 0.7 })
    #expect(found[0][bounds.largest(in: 5..<1000)] == found[0][5..<1000].max())
  }

  private func values(_ row: FeatureRow.Query) -> [Double] {
    switch row {
    case .int8(let values): values.map(Double.init)
    case .float16(let values): values.map(Double.init)
    }
  }

  /// Rows one after the other, as they are stored.
  private func storedBytes(_ rows: [[Int8]]) -> [UInt8] {
    rows.joined().map { UInt8(bitPattern: $0) }
  }
}

extension SeededValues {
  fileprivate mutating func bytes(_ count: Int) -> [Int8] {
    (0..<count).map { _ in Int8(truncatingIfNeeded: next() >> 32) }
  }
}
