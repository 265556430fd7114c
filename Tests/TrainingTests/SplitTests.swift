import Images
import Testing
import Training

@Suite struct SplitTests {
  private typealias Photo = (hash: PerceptualHash, contentKey: UInt64)

  @Test("a picture that was resized or made noisy has nearly the same hash, another one has not")
  func hashes() {
    var farthestCopy = 0
    var nearestOther = 64
    for seed in 0..<40 as Range<UInt64> {
      let picture = randomPicture(seed)
      let hash = PerceptualHash(picture)
      #expect(!hash.isFlat)
      var random = RandomStream(seed: seed, .noise, 7)
      let noisy = RGBImage(
        width: picture.width, height: picture.height,
        pixels: picture.pixels.map {
          UInt8(min(max(Double($0) + 4 * random.normal(), 0), 255))
        })
      for copy in [picture.halved, noisy] {
        farthestCopy = max(farthestCopy, hash.distance(to: PerceptualHash(copy)))
      }
      let other = PerceptualHash(randomPicture(seed + 1000))
      nearestOther = min(nearestOther, hash.distance(to: other))
    }
    #expect(farthestCopy <= PerceptualHash.copyDistance)
    #expect(nearestOther > PerceptualHash.copyDistance)
  }

  @Test("a picture of one colour is flat, so that white pages are no copies of each other")
  func flat() {
    #expect(PerceptualHash(flatPicture(255, 255, 255)).isFlat)
    let white = PerceptualHash(flatPicture(255, 255, 255))
    #expect(CopyGroups([(white, 1), (white, 2), (white, 1)]).representative == [0, 1, 0])
  }

  @Test("copies are found whichever bits differ, and other pictures stay alone")
  func groups() {
    var random = RandomStream(seed: 5, .noise)
    var photos: [(hash: PerceptualHash, contentKey: UInt64)] = []
    var expected: [Int] = []
    for original in 0..<200 {
      let bits = random.next()
      let first = photos.count
      for copy in 0..<2 {
        var changed = bits
        // As many different bits as a copy may have.
        while copy == 1, (changed ^ bits).nonzeroBitCount < PerceptualHash.copyDistance {
          changed ^= 1 << (random.next() % 64)
        }
        photos.append((PerceptualHash(bits: changed), UInt64(original * 2 + copy)))
        expected.append(first)
      }
    }
    let groups = CopyGroups(photos)
    #expect(groups.representative == expected)
    #expect(groups.copies == 200)
  }

  @Test("copies stand on one side, each class is on both, and a fifth is held out")
  func sides() {
    var photos: [Photo] = []
    for index in 0..<3000 {
      // Every tenth photo is a copy of the one before it.
      let original = index % 10 == 9 ? index - 1 : index
      photos.append((PerceptualHash(bits: RandomStream.mix(UInt64(original))), UInt64(index)))
    }
    let groups = CopyGroups(photos)
    let classes = photos.indices.map { $0 % 10 >= 8 ? 3 : $0 % 3 }
    let split = ValidationSplit(
      classes: classes, contentKeys: photos.map(\.contentKey), groups: groups)
    for index in stride(from: 9, to: photos.count, by: 10) {
      #expect(split.isValidation[index] == split.isValidation[index - 1])
    }
    let share = Double(split.isValidation.count { $0 }) / Double(photos.count)
    #expect(abs(share - ValidationSplit.share) < 0.03)
    for label in 0..<4 {
      let sides = Set(
        classes.indices.filter { classes[$0] == label }.map { split.isValidation[$0] })
      #expect(sides.count == 2)
    }
  }

  @Test("a photo keeps its side when others are added")
  func stable() {
    func split(_ count: Int) -> [Bool] {
      let photos: [Photo] = (0..<count).map { index in
        (PerceptualHash(bits: RandomStream.mix(UInt64(index))), UInt64(index))
      }
      return ValidationSplit(
        classes: photos.indices.map { $0 % 2 }, contentKeys: photos.map(\.contentKey),
        groups: CopyGroups(photos)
      ).isValidation
    }
    #expect(split(400) == Array(split(900).prefix(400)))
  }

  @Test("two photos are one for learning and one for validation; one photo is for learning")
  func tiny() {
    let photos: [Photo] = (0..<3).map { index in
      (PerceptualHash(bits: ~0 << UInt64(index * 20)), UInt64(index))
    }
    let split = ValidationSplit(
      classes: [0, 0, 1], contentKeys: photos.map(\.contentKey), groups: CopyGroups(photos))
    #expect(split.isValidation[0] != split.isValidation[1])
    #expect(!split.isValidation[2])
  }

  @Test("the search for copies can be stopped")
  func stops() {
    var asked = 0
    let photos = (0..<10_000).map { index in
      (hash: PerceptualHash(bits: UInt64(index) << 32), contentKey: UInt64(index))
    }
    let groups = CopyGroups(photos) {
      asked += 1
      return true
    }
    #expect(asked == 1)
    #expect(groups.representative.count == photos.count)
  }
}
