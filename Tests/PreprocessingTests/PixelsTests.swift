import Images
import Preprocessing
import Testing

@Suite struct PixelsTests {
  @Test(
    "every pixel is Pillow's, and within one grey level of OpenCV's where a step is not antialiased",
    arguments: Golden.all)
  func goldens(_ golden: Golden) throws {
    let image = try golden.preprocessing.pixels(from: golden.decoded)
    #expect(image.pixels.count == golden.byteCount)
    guard let expected = golden.bytes else {
      #expect(digest(image.pixels) == golden.digest)
      return
    }
    guard image.pixels.count == expected.count else { return }
    let difference = zip(image.pixels, expected).map { abs(Int($0) - Int($1)) }.max()
    #expect(difference.map { $0 <= golden.tolerance } == true)
  }
}
