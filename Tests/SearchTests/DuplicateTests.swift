import Images
import Kernels
import Search
import System
import Testing
import Threads

/// Groups of near copies.
@Suite struct DuplicateTests {
  /// Photos at these angles, in degrees, in planes of their own, and spread over more dimensions:
  /// the similarity of two photos of a plane is the cosine of the angle between them.
  private func photos(_ planes: [[Double]]) -> SyntheticPhotos {
    var data = SyntheticPhotos(count: planes.joined().count, length: 2 * planes.count)
    var row = 0
    for (plane, angles) in planes.enumerated() {
      for angle in angles {
        var features = [Float](repeating: 0, count: 2 * planes.count)
        // cos and sin by their series: tests of this module need no C library.
        let x = angle * .pi / 180
        features[2 * plane] = Float(1 - x * x / 2 + x * x * x * x / 24)
        features[2 * plane + 1] = Float(x - x * x * x / 6 + x * x * x * x * x / 120)
        data.features[row] = features
        // The first photo of a plane is the largest file.
        data.photos[row].size = PixelSize(width: 40, height: 30)
        data.photos[row].byteCount = 10_000 - row
        row += 1
      }
    }
    return data
  }

  private func groups(
    _ data: SyntheticPhotos, threshold: Float, settings: SketchSettings = SketchSettings(),
    element: FeatureRows.Element = .float16, threads: Int = 1
  ) throws -> [DuplicateGroup] {
    let index = try data.index(element, settings: settings)
    let search = NeighbourSearch(index, pool: WorkerPool(threads: threads))
    return try DuplicateSearch(search, threshold: threshold)
      .groups(among: Array(0..<index.count), stop: StopFlag())
  }

  @Test("every two photos of a group are similar enough: a chain is no group")
  func completeLinkage() throws {
    // Neighbours are 10 degrees apart, whose cosine is 0.985; 20 degrees have 0.940.
    let found = try groups(photos([[0, 10, 20, 30], [0, 4, 8], [5]]), threshold: 0.95)
    #expect(found.map { $0.members.map(\.row) } == [[0, 1], [2, 3], [4, 5, 6]])
    #expect(abs(found[0].lowestSimilarity - 0.98481) < 1e-3)
    // cos 8 degrees, not the 4 degrees between neighbours.
    #expect(abs(found[2].lowestSimilarity - 0.99027) < 1e-3)
    #expect(abs(found[2].members[2].similarity - 0.99027) < 1e-3)
  }

  @Test("the photo to keep has the most pixels, then bytes, then the oldest file, then comes first")
  func keeping() throws {
    var data = photos([[0, 0, 0, 0]])
    for row in 0..<4 { data.photos[row].byteCount = 5 }
    func kept() throws -> Int { try groups(data, threshold: 0.95)[0].members[0].row }
    #expect(try kept() == 0)
    data.photos[3].modified = FileTime(seconds: 3, nanoseconds: 0)
    #expect(try kept() == 3)
    data.photos[2].byteCount = 6
    #expect(try kept() == 2)
    data.photos[1].size = PixelSize(width: 50, height: 30)
    #expect(try kept() == 1)
  }

  @Test("exact copies are marked, whatever the network says about them")
  func exactCopies() throws {
    var data = photos([[0, 3, 3], [0, 60], [0]])
    data.photos[2].digest = data.photos[1].digest
    data.photos[2].byteCount = data.photos[1].byteCount
    // A black photo, whose features are all 0, and its copy.
    for row in [3, 5] {
      data.features[row] = [Float](repeating: 0, count: 6)
      data.photos[row].digest = [UInt8](repeating: 7, count: 32)
      data.photos[row].byteCount = 77
    }
    let found = try groups(data, threshold: 0.95)
    #expect(found.map { $0.members.map(\.row) } == [[0, 1, 2], [3, 5]])
    #expect(found[0].members.map(\.exactCopyOf) == [nil, nil, 1])
    #expect(found[1].members.map(\.exactCopyOf) == [nil, 0])
  }

  @Test("a photo that is left out is in no group")
  func leavingOut() throws {
    let index = try photos([[0, 1, 2]]).index(.int8)
    let search = NeighbourSearch(index, pool: WorkerPool(threads: 1))
    let found = try DuplicateSearch(search, threshold: 0.9).groups(among: [0, 2], stop: StopFlag())
    #expect(found.map { $0.members.map(\.row) } == [[0, 2]])
    #expect(
      try DuplicateSearch(search, threshold: 0.9).groups(among: [1], stop: StopFlag()).isEmpty)
  }

  @Test("sketches and threads change no group", arguments: [FeatureRows.Element.int8, .float16])
  func sketches(element: FeatureRows.Element) throws {
    let data = SyntheticPhotos(count: 400, length: 64, clusters: 20)
    let plain = try groups(data, threshold: 0.83, element: element)
    #expect(plain.count > 5 && plain.contains { $0.members.count > 2 })
    for threads in [1, 3] {
      let sketched = try groups(
        data, threshold: 0.83, settings: SyntheticPhotos.smallSketches, element: element,
        threads: threads)
      #expect(sketched == plain)
    }
    // Every photo is in one group at most, and no two photos of a group are too different.
    let rows = plain.flatMap { $0.members.map(\.row) }
    #expect(Set(rows).count == rows.count)
    for group in plain {
      for left in group.members {
        for right in group.members {
          let cosine = Reference.cosine(
            FeatureRow(data.features[left.row], element).unitValues.map(Double.init),
            FeatureRow(data.features[right.row], element).unitValues.map(Double.init))
          #expect(cosine >= 0.83 - 1e-4)
        }
      }
    }
  }

  @Test("a stop ends the search")
  func stop() throws {
    let index = try photos([[0, 1]]).index(.int8)
    let search = NeighbourSearch(index, pool: WorkerPool(threads: 1))
    let stop = StopFlag()
    stop.raise()
    #expect(throws: SystemError.stopped) {
      try DuplicateSearch(search, threshold: 0.9).groups(among: [0, 1], stop: stop)
    }
  }
}
