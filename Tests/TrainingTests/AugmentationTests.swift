import Images
import Testing
import Training

@Suite struct AugmentationTests {
  private let components = ColorComponents(
    deviations: [50, 10, 5], directions: [[1, 0, 0], [0, 1, 0], [0, 0, 1]])

  private func apply(
    _ draw: AugmentationDraw, _ image: RGBImage, width: Int? = nil, height: Int? = nil
  ) -> RGBImage {
    var random = RandomStream(seed: 3, .augmentation)
    return draw.pixels(
      of: image, width: width ?? image.width, height: height ?? image.height,
      components: components, random: &random)
  }

  @Test("without a change the centre crop comes out, to the last pixel")
  func centerCrop() {
    let picture = randomPicture(1)
    let crop = apply(AugmentationDraw(), picture, width: 40, height: 40)
    for y in 0..<40 {
      for x in 0..<40 {
        #expect(crop.value(x, y, 1) == picture.value(x + 28, y + 12, 1))
      }
    }
    #expect(apply(AugmentationDraw(), picture) == picture)
  }

  @Test("a window is cut out, and enlarged by interpolation")
  func window() {
    let picture = randomPicture(2)
    var draw = AugmentationDraw()
    draw.window = Region(x: 0.25, y: 0.5, width: 0.5, height: 0.25)
    let same = apply(draw, picture, width: 48, height: 16)
    #expect(same.value(0, 0, 0) == picture.value(24, 32, 0))
    #expect(same.value(47, 15, 2) == picture.value(71, 47, 2))
    let enlarged = apply(draw, picture, width: 96, height: 32)
    // Pixel 1 lies a quarter of the way from source pixel 0 to 1, in both directions.
    let upper = 0.75 * Double(picture.value(24, 32, 0)) + 0.25 * Double(picture.value(25, 32, 0))
    let lower = 0.75 * Double(picture.value(24, 33, 0)) + 0.25 * Double(picture.value(25, 33, 0))
    #expect(enlarged.value(1, 1, 0) == Int((0.75 * upper + 0.25 * lower).rounded()))
  }

  @Test("a mirror image exchanges left and right, and twice gives the picture again")
  func mirror() {
    let picture = randomPicture(3)
    var draw = AugmentationDraw()
    draw.isMirrored = true
    let mirrored = apply(draw, picture)
    #expect(mirrored.value(0, 5, 0) == picture.value(95, 5, 0))
    #expect(apply(draw, mirrored) == picture)
  }

  @Test("a quarter turn clockwise moves the top to the right")
  func rotation() {
    let picture = randomPicture(4, width: 64, height: 64)
    var draw = AugmentationDraw()
    draw.angle = -.pi / 2
    let turned = apply(draw, picture)
    for place in [0, 20, 63] {
      // Interpolation at whole pixels may round by one.
      #expect(abs(turned.value(63, place, 0) - picture.value(place, 0, 0)) <= 1)
    }
  }

  @Test("brightness multiplies, and stops at white")
  func brightness() {
    var draw = AugmentationDraw()
    draw.brightness = 1.5
    let bright = apply(draw, flatPicture(100, 200, 40))
    #expect(Array(bright.pixels.prefix(3)) == [150, 255, 60])
  }

  @Test("contrast keeps the mean grey value and scales the distance from it")
  func contrast() {
    let picture = RGBImage(width: 2, height: 1, pixels: [100, 100, 100, 200, 200, 200])
    var draw = AugmentationDraw()
    draw.contrast = 0.5
    #expect(apply(draw, picture).pixels == [125, 125, 125, 175, 175, 175])
  }

  @Test("no saturation is grey; grey stays as it is")
  func saturation() {
    var draw = AugmentationDraw()
    draw.saturation = 0
    // 0.299 * 100 + 0.587 * 200 + 0.114 * 50 = 153
    #expect(Array(apply(draw, flatPicture(100, 200, 50)).pixels.prefix(3)) == [153, 153, 153])
    draw.saturation = 1.5
    #expect(Array(apply(draw, flatPicture(90, 90, 90)).pixels.prefix(3)) == [90, 90, 90])
  }

  @Test("a colour shift moves every pixel along the components")
  func colorShift() {
    var draw = AugmentationDraw()
    draw.colorShift = [0.2, -1, 2]
    #expect(Array(apply(draw, flatPicture(100, 100, 100)).pixels.prefix(3)) == [110, 90, 110])
  }

  @Test("noise has the deviation that was asked for")
  func noise() {
    var draw = AugmentationDraw()
    draw.noise = 10
    let values = apply(draw, flatPicture(128, 128, 128, side: 100)).pixels.map { Double($0) - 128 }
    let mean = values.reduce(0, +) / Double(values.count)
    let deviation = (values.map { $0 * $0 }.reduce(0, +) / Double(values.count)).squareRoot()
    #expect(abs(mean) < 0.3 && abs(deviation - 10) < 0.3)
  }

  @Test("erasing replaces the rectangle and nothing else")
  func erasing() {
    var draw = AugmentationDraw()
    draw.erased = Region(x: 0.25, y: 0.5, width: 0.5, height: 0.25)
    let erased = apply(draw, flatPicture(7, 7, 7, side: 40))
    var changed = 0
    for y in 0..<40 {
      for x in 0..<40 where (0..<3).contains(where: { erased.value(x, y, $0) != 7 }) {
        changed += 1
        #expect((10..<30).contains(x) && (20..<30).contains(y))
      }
    }
    #expect(changed > 195)
  }

  @Test("draws keep to their strengths, and crops to their area and aspect")
  func draws() {
    var random = RandomStream(seed: 9, .augmentation)
    var mirrored = 0
    for _ in 0..<2000 {
      let draw = AugmentationDraw(.standard, aspect: 1.5, random: &random)
      guard let window = draw.window else {
        Issue.record("no window")
        return
      }
      let area = window.width * window.height
      let aspect = 1.5 * window.width / window.height
      #expect((0.349...1.001).contains(area) && (0.749...1.334).contains(aspect))
      #expect(window.x >= 0 && window.x + window.width <= 1.000001)
      #expect(window.y >= 0 && window.y + window.height <= 1.000001)
      #expect((0.8...1.2).contains(draw.brightness) && abs(draw.angle) <= 5 * .pi / 180)
      mirrored += draw.isMirrored ? 1 : 0
    }
    #expect((900...1100).contains(mirrored))
    #expect(AugmentationDraw(.none, aspect: 1, random: &random) == AugmentationDraw())
  }

  @Test("the principal components are those of the covariance matrix")
  func principalComponents() {
    // R and G vary together with deviation 30 each, B alone with deviation 5.
    var random = RandomStream(seed: 2, .noise)
    var pixels: [UInt8] = []
    for _ in 0..<200 * 200 {
      let both = 128 + 30 * random.normal()
      pixels += [both, both, 128 + 5 * random.normal()].map {
        UInt8(min(max($0, 0), 255).rounded())
      }
    }
    let found = ColorComponents(of: [RGBImage(width: 200, height: 200, pixels: pixels)])
    #expect(abs(found.deviations[0] - 30 * 2.0.squareRoot()) < 0.5)
    #expect(abs(found.deviations[1] - 5) < 0.2 && found.deviations[2] < 0.1)
    #expect(abs(abs(found.directions[0][0]) - 0.5.squareRoot()) < 0.01)
    #expect(abs(abs(found.directions[1][2]) - 1) < 0.01)
  }
}
