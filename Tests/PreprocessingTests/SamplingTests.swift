import Images
import Preprocessing
import Testing

@Suite struct SamplingTests {
  @Test("the whole picture at its own scale is the picture", arguments: [(1, 1), (2, 5), (13, 7)])
  func whole(_ width: Int, _ height: Int) {
    let image = noise(width: width, height: height, seed: 5)
    let window = AffineWindow(
      center: [Double(width) / 2, Double(height) / 2], column: [1, 0], row: [0, 1])
    #expect(image.sampled(window, width: width, height: height) == image)
  }

  @Test("what lies outside is like the nearest pixel of the edge")
  func outside() {
    let image = noise(width: 5, height: 4, seed: 6)
    let far = AffineWindow(center: [1e12, -1e12], column: [1, 0], row: [0, 1])
    let corner = Array(image.pixels[12..<15])
    #expect(
      image.sampled(far, width: 3, height: 2).pixels == (0..<6).flatMap { _ in corner })
  }

  @Test("a change of colours is made for the mean colour, and stops at 0 and 255")
  func colors() {
    let image = RGBImage(width: 2, height: 1, pixels: [0, 10, 200, 100, 20, 100])
    let window = AffineWindow(center: [1, 0.5], column: [1, 0], row: [0, 1])
    var found = SIMD3<Double>()
    let changed = image.sampled(window, width: 2, height: 1) { mean in
      found = mean
      // Red becomes green, green blue and darker, blue red and brighter.
      return ColorChange(
        red: [0, 1, 0], green: [0, 0, 1], blue: [2, 0, 0], offset: [0, 0.25, -15])
    }
    #expect(found == [50, 15, 150])
    #expect(changed.pixels == [255, 0, 0, 200, 100, 5])
  }
}
