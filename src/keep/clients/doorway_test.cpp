#include "keep/clients/doorway.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/test_directory.hpp"
#include "wire/socket.hpp"

namespace vigie::keep {
namespace {

bool readable(int fd) {
  pollfd item{fd, POLLIN, 0};
  return ::poll(&item, 1, 0) > 0;
}

class DoorwayTest : public testing::Test {
 protected:
  TestDirectory temporary_;
  const std::string& directory_ = temporary_.path();
};

TEST_F(DoorwayTest, ASocketThatSomebodyRemovedIsMadeAgain) {
  Doorway door(directory_);
  EXPECT_TRUE(wire::connect_to(directory_));
  EXPECT_FALSE(readable(door.touched()));
  ::unlink((directory_ + "/sock").c_str());
  ASSERT_TRUE(readable(door.touched()));
  door.mend();
  EXPECT_FALSE(readable(door.touched()));
  const auto client = wire::connect_to(directory_);
  ASSERT_TRUE(client);
  EXPECT_TRUE(door.let_in(0));
}

TEST_F(DoorwayTest, WithItsDirectoryGoneNobodyComesInAndNothingIsAwake) {
  Doorway door(directory_);
  std::filesystem::remove_all(directory_);
  door.mend();
  EXPECT_EQ(door.listener(), -1);
  EXPECT_EQ(door.touched(), -1);
}

TEST_F(DoorwayTest, WithoutDescriptorsWhoComesIsTurnedAway) {
  Doorway door(directory_);
  const auto client = wire::connect_to(directory_);
  ASSERT_TRUE(client);
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{64, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &few);
  std::vector<Fd> taken;
  while (true) {
    Fd one(::dup(0));
    if (!one) break;
    taken.push_back(std::move(one));
  }
  EXPECT_FALSE(door.let_in(0));
  const bool still_waiting = readable(door.listener());
  taken.clear();
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_FALSE(still_waiting);
  const auto next = wire::connect_to(directory_);
  ASSERT_TRUE(next);
  EXPECT_TRUE(door.let_in(0));
}

TEST_F(DoorwayTest, OneTooManyIsToldSo) {
  Doorway door(directory_);
  const auto client = wire::connect_to(directory_);
  ASSERT_TRUE(client);
  EXPECT_FALSE(door.let_in(1000));
  const auto answer = wire::exchange(*client, "{}", 1);
  EXPECT_TRUE(!answer || answer->find("too many") != std::string::npos);
}

TEST_F(DoorwayTest, ClosedThereIsNoSocket) {
  Doorway door(directory_);
  door.close();
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/sock"));
}

}  // namespace
}  // namespace vigie::keep
